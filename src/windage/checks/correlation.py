"""Did the correlations between numeric features change?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Bools, Floats
from windage.checks.check import INCOMPARABLE, STRICT, Check, Conclusion, Family, Gate, Need, Verdict, alert
from windage.evidence.day_spans import FEW, before_the_last
from windage.evidence.seasons import ranks_of
from windage.evidence.shares import UNCALIBRATED
from windage.evidence.tallies import FEW_ROWS
from windage.profiles.ranks import MOST_FEATURES, RankProfile
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile
from windage.stats.correlation_model import CorrelationShift, correlation_shift, culprits
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import DriftTrigger, Measurement

LEAST_MOVE = 0.20
LEVEL = 0.001
FEW_BY_CHANCE = 5
"""Fewer rows than that with neither of two features' most frequent values, if the two did not go together, are too few.
Source: Cochran (1954), on expected frequencies."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Correlation(Check):
    """Did the correlations between numeric features change?

    Compares Spearman's rank correlation within a day, on the scale of Fisher's z, with the reference's days, for each
    pair of the first 64 features of which at least 50 rows may hold both, and in which both may differ from their most
    frequent value, such as 0, in at least 5. A feature whose correlations with several others changed is reported once.
    Sources: Spearman (1904); Cochran (1954); Fieller, Hartley & Pearson (1957).
    """

    name: ClassVar[str] = "correlation"
    needs: ClassVar[Need] = "numeric"
    family: ClassVar[Family] = "structure"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.correlation, "correlation_move", "at least", LEAST_MOVE, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        now = current.days[-1].ranks
        days = ranks_of(reference.days, current)
        if now is None or len(days) < LEAST_DAYS:
            yield Measurement(
                subject="pairs", rows=(reference.rows, current.rows), unknown=UNCALIBRATED if now else INCOMPARABLE
            )
            return
        features = now.features[:MOST_FEATURES]
        held = Held.of(current.days[-1], now, features)
        shift = _shift(days, now, features, held)
        if earlier := ranks_of(before_the_last(reference, current, most=FEW), current):
            shift = shift.or_surer(_shift(earlier, now, features, held))
        pairs = int(np.count_nonzero(~np.isnan(shift.p_value[np.triu_indices(len(features), 1)])))
        p_values = np.minimum(np.nan_to_num(shift.p_value, nan=1.0) * max(pairs, 1), 1.0)
        np.fill_diagonal(p_values, 1.0)
        told = np.where((p_values < LEVEL) & (np.abs(shift.moved) >= LEAST_MOVE), shift.moved, 0.0)
        to_blame = dict(culprits(told))
        rows = (sum(day.rows for day in days), now.rows)
        for k, name in enumerate(features):
            if k not in to_blame:
                yield Measurement(subject=name, rows=rows, values={"p_value": 1.0, "correlation_move": 0.0})
                continue
            partners = to_blame[k]
            first = partners[0]
            yield Measurement(
                subject=name,
                rows=rows,
                values={
                    "p_value": float(p_values[k, first]),
                    "correlation_move": abs(float(told[k, first])),
                    "ref_correlation": float(shift.reference[k, first]),
                    "cur_correlation": float(shift.current[k, first]),
                },
                partners=tuple(features[each] for each in partners),
            )

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        crossed = [each for each in verdicts if each.gate is not None]
        alerts = [
            alert(
                each,
                at,
                features=_changed(each.measurement),
                details={
                    "feature": each.subject,
                    "partners": list(each.measurement.partners),
                    **each.measurement.values,
                },
            )
            for each in crossed
        ]
        words = f"Correlations changed of {', '.join(each.subject for each in crossed)}." if crossed else ""
        return Conclusion(None, alerts, words)


def _changed(measurement: Measurement) -> list[str]:
    partners = measurement.partners
    return [measurement.subject] if len(partners) > 1 else [measurement.subject, *partners]


def _shift(days: Sequence[RankProfile], now: RankProfile, features: Sequence[str], held: Held) -> CorrelationShift:
    before = np.array([day.correlations_of(features) for day in days])
    today = np.where(held.enough, now.correlations, np.nan)
    return correlation_shift(before, np.array([day.rows for day in days]), today, held.rows)


class Held(NamedTuple):
    """How many of the ranked rows hold both values of each pair, at most, and whether these are ``enough``: a coefficient
    of a few rows may be anything. So may that of two features with one value nearly everywhere, such as 0, of which a
    single row that has neither makes a strong correlation."""

    rows: Floats
    enough: Bools

    @classmethod
    def of(cls, day: WindowProfile, ranks: RankProfile, features: Sequence[str]) -> Held:
        own = [summary(day, name) if name in day.numeric and day.rows else None for name in features]
        known = np.array([each.finite / each.rows if each else 1.0 for each in own])
        rarer = np.array([(each.finite - each.most_at_one) / each.rows if each else 1.0 for each in own])
        rows = ranks.rows * np.minimum.outer(known, known)
        by_chance = ranks.rows * np.multiply.outer(rarer, rarer)
        return cls(rows, (rows >= FEW_ROWS) & (by_chance >= FEW_BY_CHANCE))


CHECK = Correlation
