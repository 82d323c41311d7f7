"""Posts a message through a Slack incoming webhook, which needs no bot token but takes no pictures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from windage.airflow.channels.connections import ANSWER_SECONDS, connection, provider, refused, silent
from windage.airflow.channels.slack import blocks, escaped
from windage.message import Message
from windage.spec.channel import Channel


class SlackWebhook(Channel):
    """Post the message through an incoming webhook."""

    kind: Literal["slack_webhook"]
    connection: Annotated[str, Field(description="Airflow connection of type slackwebhook.")] = "slack_default"

    def send(self, message: Message) -> None:
        with provider("slack_webhook"):
            from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook
        connection(self.connection)
        hook = SlackWebhookHook(slack_webhook_conn_id=self.connection, timeout=round(ANSWER_SECONDS))
        try:
            response = hook.client.send(text=escaped(message.body), blocks=blocks(message))
        except OSError as error:  # slack_sdk passes it on if nobody answers
            raise silent(self.connection, error) from None
        if response.status_code != 200:
            raise refused(self.connection, response.status_code, retry_after=response.headers.get("Retry-After"))
