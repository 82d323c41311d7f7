"""What pages show of monitors and windows, and what every check measured: the history that policies are tried on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "windage_monitors",
        sa.Column("monitor", sa.String(250), primary_key=True),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("written_at", moment, nullable=False),
    )
    op.create_table(
        "windage_windows",
        sa.Column("monitor", sa.String(250), primary_key=True),
        sa.Column("window_end", moment, primary_key=True),
        sa.Column("window_start", moment, primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("n_alerts", sa.Integer, nullable=False),
        sa.Column("rows", sa.BigInteger),
        sa.Column("run_id", sa.Text),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("subjects", sa.Text, nullable=False),
        sa.Column("effects", sa.LargeBinary, nullable=False),
        sa.Column("states", sa.LargeBinary, nullable=False),
        sa.Column("written_at", moment, nullable=False),
    )
    op.create_index("windage_windows_run", "windage_windows", ["monitor", "run_id"])
    op.create_table(
        "windage_measurements",
        sa.Column("monitor", sa.String(250), primary_key=True),
        sa.Column("check_name", sa.String(100), primary_key=True),
        sa.Column("window_end", moment, primary_key=True),
        sa.Column("window_start", moment, primary_key=True),
        sa.Column("measured", sa.LargeBinary, nullable=False),
    )
