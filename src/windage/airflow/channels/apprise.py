"""Every other service, through Apprise."""

from __future__ import annotations

import tempfile
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from windage.airflow.channels.connections import connection, pictures, provider
from windage.errors import DeliveryFailed
from windage.message import Message
from windage.spec.channel import Channel


class Apprise(Channel):
    """Send the message to the services of an Apprise connection."""

    kind: Literal["apprise"]
    connection: Annotated[
        str, Field(description="Airflow connection of type apprise, with the services in its config.")
    ] = "apprise_default"
    tag: Annotated[str, Field(description="Tag of the services to notify.")] = "all"

    def send(self, message: Message) -> None:
        with provider("apprise"):
            import apprise
            from airflow.providers.apprise.hooks.apprise import AppriseHook
        found = connection(self.connection)
        services = apprise.Apprise(asset=_in_this_thread(apprise.AppriseAsset))
        try:
            # The hook's own notify() does not return whether anyone was notified.
            AppriseHook(self.connection).set_config_from_conn(found, services)
        except (KeyError, TypeError, ValueError) as error:
            raise DeliveryFailed(
                f"Connection {self.connection!r} has no valid services ({type(error).__name__}). Add them to its config.",
                is_final=True,
            ) from None
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for k, (_, png) in enumerate(pictures(message)):
                files.append(Path(folder) / f"{k}.png")
                files[-1].write_bytes(png)
            is_bad = message.event not in ("acknowledged", "resolved")
            told = services.notify(
                body=message.body,
                title=message.subject,
                notify_type=apprise.NotifyType.FAILURE if is_bad else apprise.NotifyType.SUCCESS,
                body_format=apprise.NotifyFormat.TEXT,
                tag=self.tag,
                attach=[str(file) for file in files] or None,
            )
        if not told:
            raise DeliveryFailed(
                f"Not every service of connection {self.connection!r} accepted the message. Check its config and tag."
            )


def _in_this_thread(asset: Any) -> Any:
    """Settings that make Apprise notify one service after the other, without threads, which could not be interrupted."""
    without_deadline = {"service_timeout": 0} if "service_timeout" in signature(asset).parameters else {}
    return asset(async_mode=False, **without_deadline)
