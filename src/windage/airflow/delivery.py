"""Messages out: by webhook and by mail, each over an Airflow connection. No address and no secret is ever in an error."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from windage.airflow.messages import Message
from windage.errors import DeliveryFailed
from windage.spec.model import Channel, Email, Webhook

if TYPE_CHECKING:
    import httpx

TRIES = 4
ANSWER_SECONDS = 5.0
_BUSY = (408, 425, 429)
_MOST_WAITED = 8.0


def deliver(message: Message, channels: Sequence[Channel], *, within: float = 30.0) -> None:
    """Tell every channel; one that fails does not keep the next from being told.

    Args:
        within: seconds for all channels together, shared evenly: Airflow ends a callback after 50.

    Raises:
        DeliveryFailed: at least one receiver did not accept the message; it names their connections.
    """
    failures = []
    for channel in channels:
        try:
            _send(message, channel, until=time.monotonic() + within / len(channels))
        except DeliveryFailed as failure:
            failures.append(str(failure))
    if failures:
        raise DeliveryFailed(" ".join(failures))


def _send(message: Message, channel: Channel, *, until: float) -> None:
    try:
        if isinstance(channel, Webhook):
            _post(message, channel, until=until)
        else:
            _mail(message, channel)
    except AirflowNotFoundException:
        raise DeliveryFailed(
            f"There is no connection {channel.connection!r} to tell. Create it in Airflow, or correct on_call."
        ) from None


# ── Webhook ───────────────────────────────────────────────────────────────────


def _post(message: Message, channel: Webhook, *, until: float) -> None:
    import httpx

    connection = BaseHook.get_connection(channel.connection)
    body = {"text": message.text, "subject": message.subject, **message.facts}
    try:
        with httpx.Client(timeout=ANSWER_SECONDS, follow_redirects=False, auth=_login(connection)) as client:
            request = client.build_request(
                "POST", address(connection), json=body, headers=_headers(connection, channel)
            )
            _retried(lambda: client.send(request), channel, until=until)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise DeliveryFailed(
            f"The address in connection {channel.connection!r} is no http(s) address. Correct its host."
        ) from None


def _retried(send: Callable[[], httpx.Response], channel: Webhook, *, until: float) -> None:
    """Send until accepted: again after a lost connection, 429 or 5xx, not after any other refusal."""
    import httpx

    for attempt in range(TRIES):
        pause, final = 0.5 * 2**attempt, attempt == TRIES - 1
        try:
            response = send()
        except httpx.UnsupportedProtocol:
            raise
        except httpx.TransportError as error:
            trouble = f"did not answer ({type(error).__name__})"
        else:
            if response.is_success:
                return
            trouble = f"answered {response.status_code}"
            final |= response.status_code < 500 and response.status_code not in _BUSY
            pause = max(pause, _asked_to_wait(response))
        if final or time.monotonic() + pause > until:
            raise DeliveryFailed(
                f"The receiver of connection {channel.connection!r} {trouble} at try {attempt + 1}. "
                "Check the receiver and the connection."
            )
        time.sleep(pause)


def _asked_to_wait(response: httpx.Response) -> float:
    asked = response.headers.get("Retry-After", "")
    return min(float(asked), _MOST_WAITED) if asked.isdigit() else 0.0


def address(connection: Connection) -> str:
    """The URL of a connection, whether its host is a whole URL, or it was given as one in the environment.

    A path may stand in the host, in ``endpoint`` of the extras, or where a URI's path lands: in the schema.
    """
    host, schema = (connection.host or "").rstrip("/"), connection.schema or ""
    known = ("http", "https")
    path = "" if schema in known else schema
    if "://" not in host:
        scheme = next((each for each in (schema, connection.conn_type) if each in known), "https")
        port = f":{connection.port}" if connection.port else ""
        host = f"{scheme}://{host}{port}"
    endpoint = str(connection.extra_dejson.get("endpoint", ""))
    return "/".join([host, *(part.strip("/") for part in (path, endpoint) if part)])


def _login(connection: Connection) -> tuple[str, str] | None:
    return (connection.login, connection.password or "") if connection.login else None


def _headers(connection: Connection, channel: Webhook) -> dict[str, str]:
    """The monitor's headers, then the connection's secret ones; a password without a login is a bearer token."""
    secret = connection.extra_dejson.get("headers", {})
    token = {"Authorization": f"Bearer {connection.password}"} if connection.password and not connection.login else {}
    return {**channel.headers, **token, **{str(name): str(value) for name, value in secret.items()}}


# ── Mail ──────────────────────────────────────────────────────────────────────


def _mail(message: Message, channel: Email) -> None:
    from html import escape

    BaseHook.get_connection(channel.connection)  # the hook would not say that there is none
    try:
        with _smtp_hook(channel.connection) as server:
            server.send_email_smtp(
                to=channel.to,
                subject=message.subject,
                html_content=f'<div style="white-space: pre-wrap">{escape(message.text)}</div>',
                from_email=channel.sender or server.from_email or server.smtp_user,
            )
    except (OSError, AirflowException) as error:  # every smtplib error is an OSError
        raise DeliveryFailed(
            f"The mail server of connection {channel.connection!r} did not take the message ({type(error).__name__}). "
            "Check the server and the connection."
        ) from None


def _smtp_hook(connection_id: str) -> Any:
    """Airflow's SMTP hook, with TLS and login as its connection says, but with a callback's patience."""
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    class PatientSmtpHook(SmtpHook):
        @property
        def timeout(self) -> int:
            return min(super().timeout, round(ANSWER_SECONDS))

        @property
        def smtp_retry_limit(self) -> int:
            return min(super().smtp_retry_limit, TRIES - 1)

    return PatientSmtpHook(connection_id)
