"""Mail over an SMTP connection, with embedded pictures."""

from __future__ import annotations

import re
from email.errors import NonASCIILocalPartDefect
from email.message import EmailMessage
from email.policy import default
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from windage.airflow.channels.connections import ANSWER_SECONDS, connection, distrusted, pictures
from windage.errors import DeliveryFailed, PartlyDelivered, listed
from windage.message import Message
from windage.reports.formats import plural
from windage.spec.channel import Channel


def _is_address(text: str) -> bool:
    """Whether the text is one or several addresses on one line, separated by commas; display names are allowed."""
    if not text.isprintable():
        return False
    try:
        header = default.header_factory("To", text)
    except IndexError:  # raised by Python for an address that ends after its @
        return False
    known = all(isinstance(each, NonASCIILocalPartDefect) for each in header.defects)
    return known and bool(header.addresses) and all(each.username and each.domain for each in header.addresses)


def _address(text: str) -> str:
    if not _is_address(text):
        raise ValueError("must be a mail address on one line, such as team@example.org")
    return text


Address = Annotated[str, AfterValidator(_address)]


class Email(Channel):
    """Send the message by mail."""

    kind: Literal["email"]
    to: Annotated[tuple[Address, ...], Field(min_length=1, description="Receivers.")]
    connection: Annotated[str, Field(description="Airflow SMTP connection; its login is the sender.")] = "smtp_default"
    sender: Annotated[Address | None, Field(description="From address; default: the connection's.")] = None

    def send(self, message: Message) -> None:
        from airflow.sdk.exceptions import AirflowException

        connection(self.connection)  # the hook would not report that it does not exist
        try:
            with _smtp_hook(self.connection) as server:
                refused = server.send(self._mail(message, sender=self._sender(server)))
        except (OSError, AirflowException) as error:  # every smtplib error is an OSError
            raise distrusted(self.connection, error) or DeliveryFailed(
                f"The mail server of connection {self.connection!r} did not accept the message ({type(error).__name__}). "
                "Check the server and the connection."
            ) from None
        if refused:
            who = listed(f"{receiver} ({status})" for receiver, (status, _) in refused.items())
            raise PartlyDelivered(
                f"The mail server of connection {self.connection!r} refused {plural(len(refused), 'receiver')}: {who}. "
                "Correct on_call; the others have the mail."
            )

    def _sender(self, server: Any) -> str:
        sender = self.sender or server.from_email or server.smtp_user
        if not sender:
            raise DeliveryFailed(
                f"Connection {self.connection!r} names no sender. Put from_email into its extras, or sender into on_call.",
                is_final=True,
            )
        if not _is_address(str(sender)):
            raise DeliveryFailed(
                f"The sender in connection {self.connection!r} is not a mail address on one line. Correct from_email in its "
                "extras, or its login.",
                is_final=True,
            )
        return str(sender)

    def _mail(self, message: Message, *, sender: str) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = message.subject, sender, ", ".join(self.to)
        mail["Message-ID"] = f"<{message.key}@windage>"
        mail.set_content(message.body)
        drawn = [(name, png, f"picture-{k}@windage") for k, (name, png) in enumerate(pictures(message))]
        mail.add_alternative(_page(message, [(name, cid) for name, _, cid in drawn]), subtype="html")
        _, page = mail.iter_parts()
        for _, png, cid in drawn:
            page.add_related(png, "image", "png", cid=f"<{cid}>")
        return mail


def _page(message: Message, drawn: list[tuple[str, str]]) -> str:
    from html import escape

    images = "".join(
        f'<p><img src="cid:{cid}" alt="{escape(name)}" style="max-width: 100%"></p>' for name, cid in drawn
    )
    links = " · ".join(f'<a href="{escape(each.url)}">{escape(each.name)}</a>' for each in message.links)
    first, *rest = (_NAME.sub(r"<code>\1</code>", escape(line)) for line in message.text.splitlines())
    lines = "".join(f'<p style="{_APART}">{line}</p>' for line in [f"<b>{first}</b>", *rest])
    return f'<div style="{_READABLE}">{lines}<p style="{_APART}">{links}</p>{images}</div>'


_NAME = re.compile("`([^`]+)`")
_APART = "margin: 0 0 0.7em"
_READABLE = "max-width: 44em; line-height: 1.4; overflow-wrap: anywhere"
"""Without line breaks in long paths, a phone would shrink the whole text."""


def _smtp_hook(connection_id: str) -> Any:
    """Airflow's SMTP hook, with the TLS and login of its connection, but with a short timeout and no retries."""
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    class QuickSmtpHook(SmtpHook):
        @property
        def timeout(self) -> int:
            return min(super().timeout, round(ANSWER_SECONDS))

        @property
        def smtp_retry_limit(self) -> int:
            return 1

        def send(self, mail: EmailMessage) -> dict[str, tuple[int, bytes]]:
            """Send a complete message; the hook's own method would build one without embedded pictures.

            Returns the receivers that the server refused while it accepted others.
            """
            client: Any = self._smtp_client
            refused: dict[str, tuple[int, bytes]] = client.send_message(mail)
            return refused

    return QuickSmtpHook(connection_id)
