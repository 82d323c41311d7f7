"""Label requests, telemetry and the report index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "windage_label_requests",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("request_id", sa.String(36), nullable=False, unique=True),
        sa.Column("monitor", sa.Text),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("bucket_start_ts", moment, nullable=False),
        sa.Column("bucket_end_ts", moment, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("confidence", sa.Double),
        sa.Column("predicted_label", sa.Text),
        sa.Column("inclusion_probability", sa.Double),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("done_at", moment),
    )
    op.create_index("windage_label_requests_status", "windage_label_requests", ["status"])
    op.create_index("windage_label_requests_done_at", "windage_label_requests", ["done_at"])
    op.create_table(
        "windage_telemetry",
        sa.Column("snapshot_id", sa.String(36), primary_key=True),
        sa.Column("series", sa.String(36), nullable=False),
        sa.Column("monitor", sa.Text),
        sa.Column("user_id", sa.Text),
        sa.Column("window_start", moment),
        sa.Column("window_end", moment),
        sa.Column("timestamp", moment, nullable=False),
        sa.Column("written_at", moment, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
    )
    op.create_index("windage_telemetry_series", "windage_telemetry", ["series", "timestamp"])
    op.create_table(
        "windage_report_index",
        sa.Column("monitor", sa.String(250), primary_key=True),
        sa.Column("window_start", moment, primary_key=True),
        sa.Column("window_end", moment, primary_key=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("any_critical", sa.Boolean, nullable=False),
        sa.Column("n_alerts", sa.Integer, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("written_at", moment, nullable=False),
    )
    op.create_index("windage_report_index_window_end", "windage_report_index", ["window_end"])
