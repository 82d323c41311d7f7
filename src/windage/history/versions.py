"""Which policies and baselines a monitor was judged by, and since when: written with every report, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from windage.store.database import Database, insert_new
from windage.store.keys import natural_key
from windage.store.schema import baseline_versions, policy_versions
from windage.vocabulary import Document, UtcDatetime


class PolicyVersion(Document):
    """A monitor's limits as JSON, and when they were first used."""

    monitor: str
    policy: str
    first_used_at: UtcDatetime


class Versions:
    """Each policy once, with the moment of its first use, and each promoted baseline by its number.

    Nothing is replaced: the limits that an old report was made with can always be looked up.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, monitor: str, *, policy: str, baselines: Mapping[int, str], at: datetime) -> None:
        """Keep what a report was made with.

        Args:
            policy: the limits as JSON.
            baselines: every promotion as JSON, by its version.
        """
        limits = {"policy_id": natural_key(monitor, policy), "monitor": monitor, "policy": policy, "first_used_at": at}
        promoted = [{"monitor": monitor, "version": k, "baseline": text} for k, text in baselines.items()]
        with self._database.writing() as connection:
            insert_new(connection, policy_versions, [limits], on=("policy_id",))
            insert_new(connection, baseline_versions, promoted, on=("monitor", "version"))

    def policies(self, monitor: str) -> list[PolicyVersion]:
        """The monitor's policies, in the order of first use."""
        query = select(policy_versions).where(policy_versions.c.monitor == monitor)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(policy_versions.c.first_used_at)).mappings().all()
        return [PolicyVersion.model_validate(dict(row)) for row in rows]

    def baselines(self, monitor: str) -> dict[int, str]:
        """The monitor's promotions as JSON, by version."""
        query = select(baseline_versions).where(baseline_versions.c.monitor == monitor)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(baseline_versions.c.version)).mappings().all()
        return {row["version"]: row["baseline"] for row in rows}
