"""Messages that are to be sent, each once, and what became of them; who was asked to label a row;
which policies and baselines were judged by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "windage_outbox",
        sa.Column("delivery_id", sa.String(36), primary_key=True),
        sa.Column("monitor", sa.String(250), nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("retry_at", moment, nullable=False),
        sa.Column("leased_until", moment),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("trouble", sa.Text),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("delivered_at", moment),
    )
    op.create_index("windage_outbox_state", "windage_outbox", ["state", "due_at"])
    op.add_column("windage_label_requests", sa.Column("person", sa.Text))
    op.add_column("windage_label_requests", sa.Column("served_at", moment))
    op.add_column("windage_label_requests", sa.Column("leased_until", moment))
    op.create_index("windage_label_requests_served_at", "windage_label_requests", ["served_at"])
    op.create_index("windage_label_requests_bucket_start", "windage_label_requests", ["bucket_start_ts"])
    op.create_index("windage_outbox_monitor", "windage_outbox", ["monitor", "created_at"])
    op.create_table(
        "windage_policy_versions",
        sa.Column("policy_id", sa.String(36), primary_key=True),
        sa.Column("monitor", sa.String(250), nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("first_used_at", moment, nullable=False),
    )
    op.create_index("windage_policy_versions_monitor", "windage_policy_versions", ["monitor", "first_used_at"])
    op.create_table(
        "windage_baseline_versions",
        sa.Column("monitor", sa.String(250), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("baseline", sa.Text, nullable=False),
    )
