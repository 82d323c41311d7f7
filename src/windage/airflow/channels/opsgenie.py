"""Alerts in Opsgenie, or in a compatible service at another address: each is created once, acknowledged and closed."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from windage.airflow.channels.connections import ANSWER_SECONDS, connection, provider, refused, silent
from windage.errors import DeliveryFailed
from windage.message import Message
from windage.spec.channel import Channel

_LONGEST_MESSAGE, _LONGEST_TEXT = 130, 15_000


class Opsgenie(Channel):
    """Create, acknowledge and close an alert."""

    tracks: ClassVar[bool] = True

    kind: Literal["opsgenie"]
    teams: Annotated[tuple[str, ...], Field(description="Teams to notify; default: those of the API key.")] = ()
    connection: Annotated[str, Field(description="Airflow connection of type opsgenie.")] = "opsgenie_default"

    def send(self, message: Message) -> None:
        with provider("opsgenie"):
            import opsgenie_sdk
            from airflow.providers.opsgenie.hooks.opsgenie import OpsgenieAlertHook
            from tenacity import RetryError
            from urllib3.exceptions import HTTPError
        connection(self.connection)
        alerts = OpsgenieAlertHook(self.connection).get_conn()
        alerts.api_client.configuration.retry_enabled = False  # it would wait for minutes inside a task
        named = {"identifier": message.incident, "identifier_type": "alias", "_request_timeout": round(ANSWER_SECONDS)}
        try:
            if message.event == "acknowledged":
                payload = opsgenie_sdk.AcknowledgeAlertPayload(note=message.text, source="windage")
                alerts.acknowledge_alert(acknowledge_alert_payload=payload, **named)
            elif message.event == "resolved":
                payload = opsgenie_sdk.CloseAlertPayload(note=message.text, source="windage")
                alerts.close_alert(close_alert_payload=payload, **named)
            else:
                alerts.create_alert(
                    create_alert_payload=self._alert(message), _request_timeout=named["_request_timeout"]
                )
        except (opsgenie_sdk.OpenApiException, RetryError, HTTPError, OSError) as error:
            # The client wraps what it would retry, so that the cause is in the last attempt.
            raise self._failure(error.last_attempt.exception() if isinstance(error, RetryError) else error) from None

    def _failure(self, error: Any) -> DeliveryFailed:
        status = getattr(error, "status", None)
        if not status:  # 0 stands for an untrusted certificate
            return silent(self.connection, error)
        return refused(self.connection, int(status), retry_after=(error.headers or {}).get("Retry-After"))

    def _alert(self, message: Message) -> object:
        import opsgenie_sdk

        details = {key: str(value) for key, value in message.facts.items() if value is not None and key != "links"}
        return opsgenie_sdk.CreateAlertPayload(
            message=message.subject[:_LONGEST_MESSAGE],
            alias=message.incident,
            description=message.body[:_LONGEST_TEXT],
            responders=[{"name": team, "type": "team"} for team in self.teams] or None,
            details=details,
            entity=message.monitor,
            source="windage",
            priority="P1" if message.severity == "critical" else "P3",
        )
