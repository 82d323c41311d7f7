"""POST a message as JSON to any receiver."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from windage.airflow.channels.connections import ANSWER_SECONDS, connection, refused, silent
from windage.errors import DeliveryFailed
from windage.message import Message
from windage.spec.channel import Channel

if TYPE_CHECKING:
    from airflow.sdk import Connection


_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_VALUE = re.compile(r"([!-~]([ \t!-~]*[!-~])?)?")
_SET_BY_HTTP = ("content-length", "transfer-encoding")
_LEGAL = "A name is letters, digits and hyphens, a value is printable ASCII on one line, and the length is set by HTTP itself"


def _is_sendable(name: str, value: str) -> bool:
    return name.lower() not in _SET_BY_HTTP and bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))


def _sendable(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if not _is_sendable(name, value):
            raise ValueError(f"header {name!r} cannot be sent. {_LEGAL}")
    return headers


class Webhook(Channel):
    """POST the message as JSON."""

    kind: Literal["webhook"]
    connection: Annotated[str, Field(description="Airflow connection with the receiver's address and secret.")]
    headers: Annotated[
        Mapping[str, str],
        AfterValidator(_sendable),
        Field(description="Additional request headers. Do not put secrets here."),
    ] = {}

    def send(self, message: Message) -> None:
        import httpx

        found = connection(self.connection)
        headers = self._headers(found, message)
        body = {"text": message.body, "subject": message.subject, **message.facts}
        try:
            with (
                httpx.Client(timeout=ANSWER_SECONDS, follow_redirects=False, auth=_login(found)) as client,
                client.stream("POST", address(found), json=body, headers=headers) as response,
            ):
                status, said = response.status_code, response.headers  # the body is not read: it may be long or endless
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise DeliveryFailed(
                f"The address in connection {self.connection!r} is not an http(s) URL. Correct its host.", is_final=True
            ) from None
        except httpx.TransportError as error:
            raise silent(self.connection, error) from None
        if not 200 <= status < 300:
            raise refused(self.connection, status, retry_after=said.get("Retry-After"))

    def _headers(self, found: Connection, message: Message) -> dict[str, str]:
        """The monitor's headers, overridden by the connection's secret ones; a password without a login is a bearer token."""
        secret = found.extra_dejson.get("headers", {})
        if not isinstance(secret, Mapping):
            raise DeliveryFailed(
                f"The headers in the extras of connection {self.connection!r} are not a mapping of names to values. "
                "Correct them.",
                is_final=True,
            )
        token = {"Authorization": f"Bearer {found.password}"} if found.password and not found.login else {}
        headers = {
            "Idempotency-Key": message.key,
            **self.headers,
            **token,
            **{str(name): str(value) for name, value in secret.items()},
        }
        self._refuse_illegal(headers)
        return headers

    def _refuse_illegal(self, headers: Mapping[str, str]) -> None:
        for name, value in headers.items():
            if not _is_sendable(name, value):
                raise DeliveryFailed(
                    f"The header {name!r} for connection {self.connection!r} cannot be sent. {_LEGAL}. Correct the headers "
                    "or the password of the connection.",
                    is_final=True,
                )


def address(found: Connection) -> str:
    """The URL of a connection, whose host may be a whole URL or come from a connection URI in the environment.

    The path may be in the host, in ``endpoint`` of the extras, or in the schema, where Airflow puts a URI's path.
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
