"""Posts a message to a Slack channel, with the pictures in its thread."""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from windage.airflow.channels.connections import ANSWER_SECONDS, connection, pictures, provider, refused, silent
from windage.airflow.channels.time_limit import result_within
from windage.errors import DeliveryFailed
from windage.message import Message
from windage.spec.channel import Channel

log = logging.getLogger(__name__)

_LONGEST_BLOCK = 3000
_MOST_SECTIONS = 49
"""Slack takes 50 blocks, of which the buttons are one."""
_ESCAPE_CUT = re.compile(r"&[a-z]*$")
_SECONDS_FOR_PICTURES = 10.0
_TEMPORARY = ("ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout")


class Slack(Channel):
    """Post the message into a channel, with the rights of a Slack app (chat:write, files:write)."""

    kind: Literal["slack"]
    channel: Annotated[str, Field(min_length=1, description="Channel to post to, such as #drift, or its id.")]
    connection: Annotated[str, Field(description="Airflow connection of type slack.")] = "slack_api_default"

    def send(self, message: Message) -> None:
        with provider("slack"):
            from airflow.providers.slack.hooks.slack import SlackHook
            from slack_sdk.errors import SlackApiError
        connection(self.connection)
        client = SlackHook(slack_conn_id=self.connection, timeout=round(ANSWER_SECONDS)).client
        try:
            posted = client.chat_postMessage(channel=self.channel, text=escaped(message.body), blocks=blocks(message))
        except SlackApiError as error:
            raise self._refused(error.response) from None
        except OSError as error:  # slack_sdk passes it on if nobody answers
            raise silent(self.connection, error) from None
        try:
            result_within(_SECONDS_FOR_PICTURES, partial(self._upload, client, message, posted))
        except (SlackApiError, OSError):  # a TimeoutError is one
            log.exception("the message was posted, its pictures were not")

    @staticmethod
    def _upload(client: Any, message: Message, posted: Any) -> None:
        drawn = pictures(message)
        if drawn:
            uploads = [{"filename": f"{k}.png", "content": png, "title": name} for k, (name, png) in enumerate(drawn)]
            client.files_upload_v2(channel=posted["channel"], thread_ts=posted["ts"], file_uploads=uploads)

    def _refused(self, response: Any) -> DeliveryFailed:
        said = str(response.get("error", ""))
        if response.status_code != 200 or not said:
            return refused(self.connection, response.status_code, retry_after=response.headers.get("Retry-After"))
        return DeliveryFailed(
            f"Slack did not accept the message from connection {self.connection!r}: {said}. "
            "Check the channel's name and the app's scopes.",
            is_final=said not in _TEMPORARY,
        )


def blocks(message: Message) -> list[dict[str, Any]]:
    """The message as Slack blocks: the first line in bold, then the rest, then the links as buttons."""
    first, _, rest = message.text.partition("\n")
    made = [_section(f"*{_fitting(first, _LONGEST_BLOCK - 2)}*"), *map(_section, _parts(rest))]
    buttons = [
        {"type": "button", "text": {"type": "plain_text", "text": each.name}, "url": each.url} for each in message.links
    ]
    return [*made[:_MOST_SECTIONS], *([{"type": "actions", "elements": buttons}] if buttons else [])]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _parts(text: str) -> list[str]:
    """Text, escaped, in parts of whole lines that each fit into a block."""
    parts: list[str] = []
    for line in filter(None, text.split("\n")):
        fitting = _fitting(line, _LONGEST_BLOCK)
        if parts and len(parts[-1]) + 1 + len(fitting) <= _LONGEST_BLOCK:
            parts[-1] += f"\n{fitting}"
        else:
            parts.append(fitting)
    return parts


def _fitting(line: str, most: int) -> str:
    """A line, escaped and if need be cut, but never within an escaped character."""
    whole = escaped(line)
    return whole if len(whole) <= most else f"{_ESCAPE_CUT.sub('', whole[: most - 1])}…"


def escaped(text: str) -> str:
    """Escape text, so that Slack takes no column's or user's name for a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
