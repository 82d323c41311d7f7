"""Do features have values never seen before?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import (
    STRICT,
    Check,
    Conclusion,
    Family,
    Gate,
    Level,
    Need,
    Rows,
    Verdict,
    alerted_each,
    columns_measured,
    too_few_rows,
)
from windage.evidence.excess import REPORTED_FROM
from windage.evidence.frozen import is_frozen
from windage.evidence.reach import reach, sound_days
from windage.evidence.senders import rows_of_a_newcomer
from windage.evidence.shares import UNCALIBRATED
from windage.evidence.tallies import FEW_ROWS, at_hours, hours_of
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

ONE_VALUE_FROM_DAYS = 14
"""That nearly all rows of fewer days have one value may be chance: it has not rained yet."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ValueRange(Check):
    """Do features have values never seen before?

    The share of rows outside the reference's range, compared with that of the most unusual ordinary day. The range runs
    between the days' 0.1 and 99.9 % quantiles and is widened at each end by half its distance from the median, more if
    days differ much; it is not widened past a value at which nearly all days end, as counts do at 0, nor past 0 for an
    amount, which is never negative and comes near 0 every day. Also alerts on new codes of a feature with few whole
    numbers, a value that many rows share although values hardly ever repeat, a constant that changed, and a feature
    frozen at one value. The values themselves prove all of these, so no significance test is needed.
    """

    name: ClassVar[str] = "value_range"
    needs: ClassVar[Need] = "numeric"
    by_column: ClassVar[bool] = True
    family: ClassVar[Family] = "inputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.frozen, "frozen", "at least", 1.0, "critical", certain=True, yes_or_no=True),
        Gate(DriftTrigger.value_range, "excess", "at least", 0.20, "critical", certain=True),
        Gate(DriftTrigger.value_range, "excess", "at least", REPORTED_FROM, "warning", certain=True),
        Gate(DriftTrigger.value_range, "changed", "at least", 0.05, "warning", certain=True),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        return columns_measured("numeric", reference, current, _measure, of_values=True)

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Unusual values in")

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        (name,) = alert.affected_features
        values = rows.numbers(name)
        if current.numeric[name].minimum == current.numeric[name].maximum:
            return np.asarray((values == current.numeric[name].minimum) * 1.0)
        return reach(reference, current, name).beyond(values)

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        (name,) = alert.affected_features
        if alert.trigger is DriftTrigger.frozen:
            return lambda day: _is_one_value(day.numeric[name]) if name in day.numeric else None
        found = reach(reference, current, name)
        return lambda day: (
            found.share_beyond(day.numeric[name]) if name in day.numeric and day.rows >= FEW_ROWS else None
        )


def _is_one_value(profile: NumericProfile) -> float | None:
    return float(profile.minimum == profile.maximum) if profile.finite else None


def _measure(name: str, reference: WindowProfile, current: WindowProfile) -> Measurement:
    before, now = summary(reference, name), current.numeric[name]
    rows = (before.finite, now.known)
    if few := too_few_rows(rows, FEW_ROWS):
        return Measurement(subject=name, rows=rows, unknown=few)
    sound = sound_days(reference, current, name)
    of_days = [day.numeric[name] for some in sound for day in some]
    settled, last = ([day.numeric[name] for day in at_hours(some, hours_of(current))] for some in sound)
    found = reach(reference, current, name)
    excess = found.outside if found.is_news else 0.0
    is_constant = before.minimum == before.maximum or (found.low == found.high and len(of_days) < ONE_VALUE_FROM_DAYS)
    frozen = is_frozen(name, reference, now, settled=settled, last=last)
    values = {
        "share_outside": found.outside,
        "usual_outside": found.usual,
        "excess": None if is_constant else excess,
        "changed": excess if is_constant else None,
        "newcomer_share": min(rows_of_a_newcomer(reference, current) / now.known, 1.0),
        "frozen": float(frozen),
        "frozen_at": now.minimum if frozen else None,
        "usual_repeated": found.usually_repeated if found.is_news else None,
        "low": found.told_from([*of_days, now]) if found.is_news else found.low,
        "high": found.high,
    }
    unknown = UNCALIBRATED if len(of_days) < LEAST_DAYS else None
    named_values = tuple(f"{value:.12g}" for value in found.unseen) if found.is_news else ()
    return Measurement(subject=name, rows=rows, values=values, categories=named_values, unknown=unknown)


CHECK = ValueRange
