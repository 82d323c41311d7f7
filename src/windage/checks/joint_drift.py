"""Can a classifier tell current rows from reference rows?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from windage.checks.check import INCOMPARABLE, STRICT, Check, Conclusion, Family, Gate, Need, Verdict, alert
from windage.evidence.seasons import same_season
from windage.evidence.shares import UNCALIBRATED
from windage.evidence.tallies import FEW_ROWS
from windage.profiles.sample import RowSample
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.two_sample import above_usual, separability
from windage.vocabulary import DriftTrigger, Measurement

SUSPICIOUS = 0.01
MOST_NAMED = 3
NAMED_FROM = 0.25
"""A feature is named beside the first if the classifier loses this fraction of what it loses without the first."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class JointDrift(Check):
    """Can a classifier tell current rows from reference rows?

    Trains gradient-boosted trees on the numeric features of sampled rows, tests them on held-out users, and compares
    their AUC with how well they tell single ordinary days of the same season from the other days. Finds changes that no
    single feature shows. It takes seconds and reads the reference's rows, so it runs only if a monitor names it.
    Needs windage[two-sample].
    Source: Lopez-Paz & Oquab (2017).
    """

    name: ClassVar[str] = "joint_drift"
    needs: ClassVar[Need] = "users"
    family: ClassVar[Family] = "structure"
    by_default: ClassVar[bool] = False
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.joint_drift, "auc_excess", "at least", 0.05, "warning"),
    )

    rows: Annotated[int, Field(ge=100, le=20_000, description="Rows compared on each side.")] = 2000
    ordinary_days: Annotated[
        int,
        Field(ge=LEAST_DAYS, le=28, description="Number of most recent ordinary days compared with the other days."),
    ] = 8

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        days = [day for day in same_season(reference.days, current) if day.sample is not None and day.rows]
        today = current.days[-1].sample
        if today is None or len(days) <= LEAST_DAYS:
            yield Measurement(
                subject=SUBJECT, rows=(reference.rows, current.rows), unknown=UNCALIBRATED if today else INCOMPARABLE
            )
            return
        now = today().first(self.rows)
        known = [found for day in days if day.sample and (found := day.sample()).features == now.features]
        if len(now.values) < FEW_ROWS or len(known) <= LEAST_DAYS:
            yield Measurement(subject=SUBJECT, rows=(sum(len(each.values) for each in known), len(now.values)))
            return
        yield self._measured(known, now)

    def _measured(self, days: Sequence[RowSample], now: RowSample) -> Measurement:
        last = range(len(days))[-self.ordinary_days :]
        usual = np.array([self._told_apart([*days[:k], *days[k + 1 :]], days[k].first(self.rows))[0] for k in last])
        auc, rows = self._told_apart(days, now)
        p_value = above_usual(auc, usual, rows)
        named: tuple[str, ...] = ()
        if p_value < SUSPICIOUS:
            before = self._spread(days, len(now.values))
            lost = separability(before.values, now.values, (before.users, now.users), explain=True).lost
            order = np.argsort(-lost)[:MOST_NAMED]
            named = tuple(now.features[k] for k in order if lost[k] >= NAMED_FROM * max(lost[order[0]], 1e-12))
        values = {
            "auc": auc,
            "usual_auc": float(usual.max()),
            "auc_excess": auc - float(usual.max()),
            "p_value": p_value,
        }
        return Measurement(subject=SUBJECT, rows=(rows, rows), values=values, partners=named)

    def _told_apart(self, others: Sequence[RowSample], day: RowSample) -> tuple[float, int]:
        before = self._spread(others, len(day.values))
        found = separability(before.values, day.values, (before.users, day.users))
        return found.auc, min(len(before.values), len(day.values))

    def _spread(self, days: Sequence[RowSample], rows: int) -> RowSample:
        """About ``rows`` rows, taken evenly from all days."""
        each = -(-rows // len(days))
        return RowSample.stacked([day.first(each) for day in days])

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        (verdict,) = verdicts
        if verdict.gate is None:
            return Conclusion(None, [])
        features = list(verdict.measurement.partners)
        found = alert(verdict, at, features=features, details=dict(verdict.measurement.values))
        return Conclusion(None, [found], f"Rows differ as a whole, mostly in {', '.join(features)}.")


SUBJECT = "rows as a whole"


CHECK = JointDrift
