"""What the channels share: reading a connection, importing a provider, drawing pictures, and building delivery errors."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING

from windage.airflow.channels.time_limit import TimeIsUp, result_within
from windage.errors import DeliveryFailed, WindageError
from windage.message import Message
from windage.vocabulary import aware_utc, utc_now

if TYPE_CHECKING:
    from airflow.sdk import Connection

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
_SECONDS_FOR_REPORT = 8.0
"""How long a message waits for the report that has its pictures: if the storage never answers, it goes without them."""
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
    """The error for a receiver that could not be reached, has an untrusted certificate, or did not answer."""
    return distrusted(connection_id, error) or DeliveryFailed(
        f"The receiver of connection {connection_id!r} did not answer ({type(error).__name__}). "
        "Check the receiver and the connection."
    )


def distrusted(connection_id: str, error: BaseException | None) -> DeliveryFailed | None:
    """The error for an untrusted certificate; None if ``error`` has another cause."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    if error is None:
        return None
    return DeliveryFailed(
        f"The certificate of the receiver of connection {connection_id!r} is not valid here: "
        f"{error.verify_message.rstrip('.')}. Correct the host in the connection, or have the certificate renewed or its "
        "authority trusted.",
        is_final=True,
    )


def refused(connection_id: str, status: int, *, retry_after: str | None = None) -> DeliveryFailed:
    """The error for a receiver that refused the message: temporary if it is busy or broken, otherwise final."""
    return DeliveryFailed(
        f"The receiver of connection {connection_id!r} answered {status}. Check the receiver and the connection.",
        is_final=status < 500 and status not in _BUSY,
        wait=_pause(retry_after),
    )


def _pause(retry_after: str | None) -> float:
    """The seconds of a Retry-After header, which holds a number or an HTTP date."""
    try:
        seconds = float(retry_after or 0)
    except ValueError:
        try:
            seconds = (aware_utc(parsedate_to_datetime(str(retry_after))) - utc_now()).total_seconds()
        except ValueError:
            return 0.0
    return min(seconds, _LONGEST_WAIT) if seconds > 0 else 0.0


@contextmanager
def provider(kind: str) -> Iterator[None]:
    """Report a failed import of a channel's optional library as a final DeliveryFailed."""
    try:
        yield
    except ImportError as error:
        raise DeliveryFailed(
            f"A channel of kind {kind} needs {error.name}, which is not installed here. "
            f"Install windage[{kind.partition('_')[0]}].",
            is_final=True,
        ) from error


def pictures(message: Message) -> list[tuple[str, bytes]]:
    """The message's features, each drawn as a PNG; empty if the report can no longer be read."""
    if not message.pictures or message.report is None:
        return []
    from windage.files import read_bytes
    from windage.reports.document import from_json
    from windage.reports.pictures.charts import draw_feature, figure_png

    try:
        content = result_within(_SECONDS_FOR_REPORT, partial(read_bytes, message.report))
        drawn = from_json(content, location=message.report).pictures if content else {}
    except (WindageError, TimeIsUp):
        log.exception("sending the message without its pictures")
        return []
    return [(name, figure_png(draw_feature(name, drawn[name]))) for name in message.pictures if name in drawn]
