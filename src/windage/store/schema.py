"""The tables. A change here comes with a new file in ``migrations/versions``; a test compares the two."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from windage.store.keys import storable
from windage.vocabulary import aware_utc

REVISION = "0004"
"""The newest migration, known without importing Alembic: most connections find nothing to migrate."""

VERSION_TABLE = "windage_alembic_version"


class UtcTime(TypeDecorator[datetime]):
    """A moment that goes in and comes out as aware UTC, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return aware_utc(value).replace(tzinfo=None) if dialect.name == "sqlite" else aware_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else aware_utc(value)


class StorableName(TypeDecorator[str]):
    """A short text in which characters that some store refuses are replaced, in rows and in queries: texts come from logs."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else storable(value)


class StorableText(StorableName):
    """The same of any length."""

    impl = Text
    cache_ok = True


metadata = MetaData()

label_requests = Table(
    "windage_label_requests",
    metadata,
    Column(
        "position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True
    ),  # the order in which people were asked
    Column("request_id", StorableName(36), nullable=False, unique=True),  # names monitor, user, bucket start and ask
    Column("monitor", StorableText),
    Column("user_id", StorableText, nullable=False),
    Column("bucket_start_ts", UtcTime, nullable=False),
    Column("bucket_end_ts", UtcTime, nullable=False),
    Column("reason", StorableName(32), nullable=False),
    Column("confidence", Double),
    Column("predicted_label", StorableText),
    Column("inclusion_probability", Double),
    Column("created_at", UtcTime, nullable=False),
    Column("status", StorableName(16), nullable=False),
    Column("label", StorableText),
    Column("done_at", UtcTime),
    Column("person", StorableText),
    Column("served_at", UtcTime),
    Column("leased_until", UtcTime),
    Index("windage_label_requests_status", "status"),
    Index("windage_label_requests_served_at", "served_at"),
    Index("windage_label_requests_bucket_start", "bucket_start_ts"),
    Index("windage_label_requests_done_at", "done_at"),
)

telemetry = Table(
    "windage_telemetry",
    metadata,
    Column("snapshot_id", StorableName(36), primary_key=True),  # names monitor, user and window
    Column("series", StorableName(36), nullable=False),  # names the user, whose id may be too long for an index
    Column("monitor", StorableText),
    Column("user_id", StorableText),
    Column("window_start", UtcTime),
    Column("window_end", UtcTime),
    Column("timestamp", UtcTime, nullable=False),
    Column("written_at", UtcTime, nullable=False),
    Column("snapshot", StorableText, nullable=False),
    Index("windage_telemetry_series", "series", "timestamp"),
)

report_index = Table(
    "windage_report_index",
    metadata,
    Column("monitor", StorableName(250), primary_key=True),
    Column("window_start", UtcTime, primary_key=True),
    Column("window_end", UtcTime, primary_key=True),
    Column("outcome", StorableName(16), nullable=False),
    Column("any_critical", Boolean, nullable=False),
    Column("n_alerts", Integer, nullable=False),
    Column("summary", StorableText, nullable=False),
    Column("location", StorableText, nullable=False),
    Column("policy", StorableText, nullable=False),
    Column("written_at", UtcTime, nullable=False),
    Index("windage_report_index_window_end", "window_end"),
)

window_verdicts = Table(
    "windage_window_verdicts",
    metadata,
    Column("monitor", StorableName(250), primary_key=True),
    Column("window_start", UtcTime, primary_key=True),
    Column("window_end", UtcTime, primary_key=True),
    Column("verdict", StorableText, nullable=False),
    Column("written_at", UtcTime, nullable=False),
)

incident_decisions = Table(
    "windage_incident_decisions",
    metadata,
    Column("decision_id", StorableName(36), primary_key=True),  # names monitor, subjects, window, kind, who and note
    Column("monitor", StorableName(250), nullable=False),
    Column("decision", StorableText, nullable=False),
    Index("windage_incident_decisions_monitor", "monitor"),
)

silences = Table(
    "windage_silences",
    metadata,
    Column(
        "silence_id", StorableName(36), primary_key=True
    ),  # names monitor, what it covers, whose it is and why, and when it was made and ends
    Column("monitor", StorableName(250), nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("silence", StorableText, nullable=False),
    Index("windage_silences_until", "monitor", "until"),
)

told = Table(
    "windage_told",
    metadata,
    Column("told_id", StorableName(36), primary_key=True),  # names monitor, window, kind and subjects
    Column("monitor", StorableName(250), nullable=False),
    Column("told", StorableText, nullable=False),
    Index("windage_told_monitor", "monitor"),
)

outbox = Table(
    "windage_outbox",
    metadata,
    Column("delivery_id", StorableName(36), primary_key=True),  # names the channel and what it is told
    Column("monitor", StorableName(250), nullable=False),
    Column("delivery", StorableText, nullable=False),
    Column("state", StorableName(16), nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("retry_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("trouble", StorableText),
    Column("created_at", UtcTime, nullable=False),
    Column("delivered_at", UtcTime),
    Index("windage_outbox_state", "state", "due_at"),
    Index("windage_outbox_monitor", "monitor", "created_at"),
)

policy_versions = Table(
    "windage_policy_versions",
    metadata,
    Column("policy_id", StorableName(36), primary_key=True),  # names monitor and policy
    Column("monitor", StorableName(250), nullable=False),
    Column("policy", StorableText, nullable=False),
    Column("first_used_at", UtcTime, nullable=False),
    Index("windage_policy_versions_monitor", "monitor", "first_used_at"),
)

baseline_versions = Table(
    "windage_baseline_versions",
    metadata,
    Column("monitor", StorableName(250), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("baseline", StorableText, nullable=False),
)

monitors = Table(
    "windage_monitors",
    metadata,
    Column("monitor", StorableName(250), primary_key=True),
    Column("spec", StorableText, nullable=False),
    Column("written_at", UtcTime, nullable=False),
)

windows = Table(
    "windage_windows",
    metadata,
    Column("monitor", StorableName(250), primary_key=True),
    Column("window_end", UtcTime, primary_key=True),
    Column("window_start", UtcTime, primary_key=True),
    Column("state", StorableName(16), nullable=False),
    Column("n_alerts", Integer, nullable=False),
    Column("rows", BigInteger),
    Column("run_id", StorableText),
    Column("headline", StorableText, nullable=False),
    Column("inputs", StorableText, nullable=False),
    Column("lines", StorableText, nullable=False),
    Column("subjects", StorableText, nullable=False),
    Column("effects", LargeBinary, nullable=False),
    Column("states", LargeBinary, nullable=False),
    Column("written_at", UtcTime, nullable=False),
    Index("windage_windows_run", "monitor", "run_id"),
)

measurements = Table(
    "windage_measurements",
    metadata,
    Column("monitor", StorableName(250), primary_key=True),
    Column("check_name", StorableName(100), primary_key=True),
    Column("window_end", UtcTime, primary_key=True),
    Column("window_start", UtcTime, primary_key=True),
    Column("measured", LargeBinary, nullable=False),
)
