"""POST a message as JSON to any receiver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from windage.airflow.channels.connections import ANSWER_SECONDS, connection, refused, silent
from windage.errors import DeliveryFailed
from windage.message import Message
from windage.spec.channel import Channel

if TYPE_CHECKING:
    from airflow.sdk import Connection


class Webhook(Channel):
    """POST the message as JSON."""

    kind: Literal["webhook"]
    connection: Annotated[str, Field(description="Airflow connection with the receiver's address and secret.")]
    headers: Annotated[
        Mapping[str, str], Field(description="Additional request headers. Do not put secrets here.")
    ] = {}

    def send(self, message: Message) -> None:
        import httpx

        found = connection(self.connection)
        body = {"text": message.body, "subject": message.subject, **message.facts}
        try:
            with httpx.Client(timeout=ANSWER_SECONDS, follow_redirects=False, auth=_login(found)) as client:
                response = client.post(address(found), json=body, headers=self._headers(found, message))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise DeliveryFailed(
                f"The address in connection {self.connection!r} is not an http(s) URL. Correct its host.", is_final=True
            ) from None
        except httpx.TransportError as error:
            raise silent(self.connection, error) from None
        if not response.is_success:
            raise refused(self.connection, response.status_code, retry_after=response.headers.get("Retry-After"))

    def _headers(self, found: Connection, message: Message) -> dict[str, str]:
        """The monitor's headers, then the connection's secret ones; a password without a login is a bearer token."""
        secret = found.extra_dejson.get("headers", {})
        token = {"Authorization": f"Bearer {found.password}"} if found.password and not found.login else {}
        return {
            "Idempotency-Key": message.key,
            **self.headers,
            **token,
            **{str(name): str(value) for name, value in secret.items()},
        }


def address(found: Connection) -> str:
    """The URL of a connection, whether its host is a whole URL, or it was given as one in the environment.

    A path may stand in the host, in ``endpoint`` of the extras, or where a URI's path lands: in the schema.
    """
    host, schema = (found.host or "").rstrip("/"), found.schema or ""
    known = ("http", "https")
    path = "" if schema in known else schema
    if "://" not in host:
        scheme = next((each for each in (schema, found.conn_type) if each in known), "https")
        port = f":{found.port}" if found.port else ""
        host = f"{scheme}://{host}{port}"
    endpoint = str(found.extra_dejson.get("endpoint", ""))
    return "/".join([host, *(part.strip("/") for part in (path, endpoint) if part)])


def _login(found: Connection) -> tuple[str, str] | None:
    return (found.login, found.password or "") if found.login else None
