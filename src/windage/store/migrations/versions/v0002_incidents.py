"""Window verdicts, of which incidents follow, what people decide about them, and what they were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "windage_window_verdicts",
        sa.Column("monitor", sa.String(250), primary_key=True),
        sa.Column("window_start", moment, primary_key=True),
        sa.Column("window_end", moment, primary_key=True),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("written_at", moment, nullable=False),
    )
    op.create_table(
        "windage_incident_decisions",
        sa.Column("decision_id", sa.String(36), primary_key=True),
        sa.Column("monitor", sa.String(250), nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
    )
    op.create_index("windage_incident_decisions_monitor", "windage_incident_decisions", ["monitor"])
    op.create_table(
        "windage_silences",
        sa.Column("silence_id", sa.String(36), primary_key=True),
        sa.Column("monitor", sa.String(250), nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("silence", sa.Text, nullable=False),
    )
    op.create_index("windage_silences_until", "windage_silences", ["monitor", "until"])
    op.create_table(
        "windage_told",
        sa.Column("told_id", sa.String(36), primary_key=True),
        sa.Column("monitor", sa.String(250), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
    )
    op.create_index("windage_told_monitor", "windage_told", ["monitor"])
