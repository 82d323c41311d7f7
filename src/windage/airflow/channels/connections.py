"""What every channel needs: its connection, its provider, its pictures, and a receiver's refusal in one form."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from windage.errors import DeliveryFailed, WindageError
from windage.message import Message

if TYPE_CHECKING:
    from airflow.sdk import Connection

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
_BUSY = (408, 425, 429)
_LONGEST_WAIT = 600.0


def connection(connection_id: str) -> Connection:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(connection_id)
    except AirflowNotFoundException:
        raise DeliveryFailed(
            f"Connection {connection_id!r} does not exist. Create it in Airflow, or correct on_call.",
            is_final=True,
        ) from None


def silent(connection_id: str, error: Exception) -> DeliveryFailed:
    """The receiver could not be reached or did not answer."""
    return DeliveryFailed(
        f"The receiver of connection {connection_id!r} did not answer ({type(error).__name__}). "
        "Check the receiver and the connection."
    )


def refused(connection_id: str, status: int, *, retry_after: str | None = None) -> DeliveryFailed:
    """The receiver answered that it does not take the message: for now when it is busy or broken, else for good."""
    return DeliveryFailed(
        f"The receiver of connection {connection_id!r} answered {status}. Check the receiver and the connection.",
        is_final=status < 500 and status not in _BUSY,
        wait=min(float(retry_after), _LONGEST_WAIT) if retry_after and retry_after.isdigit() else 0.0,
    )


@contextmanager
def provider(kind: str) -> Iterator[None]:
    """For the imports of a channel whose library is an extra."""
    try:
        yield
    except ImportError as error:
        raise DeliveryFailed(
            f"A channel of kind {kind} needs {error.name}, which is not installed here. "
            f"Install windage[{kind.partition('_')[0]}].",
            is_final=True,
        ) from error


def pictures(message: Message) -> list[tuple[str, bytes]]:
    """The features that the message draws, each as a PNG; none where the report cannot be read any more."""
    if not message.pictures or message.report is None:
        return []
    from windage.files import read_bytes
    from windage.reports.charts import draw_feature, figure_png
    from windage.reports.document import from_json

    try:
        content = read_bytes(message.report)
        drawn = from_json(content, location=message.report).pictures if content else {}
    except WindageError:
        log.exception("sending the message without its pictures")
        return []
    return [(name, figure_png(draw_feature(name, drawn[name]))) for name in message.pictures if name in drawn]
