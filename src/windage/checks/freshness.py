"""Does the log reach the end of the window?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from pydantic.dataclasses import dataclass

from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Verdict, alert
from windage.evidence.day_ends import ENDS_EARLY_FROM, after_the_last_row, gap, is_early
from windage.evidence.day_spans import settled_and_last
from windage.evidence.seasons import same_season
from windage.evidence.shares import UNCALIBRATED
from windage.evidence.tallies import FEW_ROWS
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import is_exception
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Freshness(Check):
    """Does the log reach the end of the window?

    Measures the gap between the last row and the end of the window's last partition, as a part of the partition. Alerts
    if it exceeds the median gap of the reference's days of the same season by at least a tenth of the partition, and by
    more than three times as much as their longest gap does. The end is that of the partition, never the clock's time. Also
    alerts if no row's time lies within the partition, as with rows of another day.
    """

    name: ClassVar[str] = "freshness"
    needs: ClassVar[Need] = "times"
    family: ClassVar[Family] = "inputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.freshness, "cut_short", "at least", ENDS_EARLY_FROM, "warning", certain=True),
        Gate(DriftTrigger.freshness, "misdated", "at least", 1.0, "warning", certain=True, yes_or_no=True),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        rows = (reference.rows, current.rows)
        before, lately = (same_season(some, current) for some in settled_and_last(reference, current))
        settled, last = ([found for day in some if (found := gap(day)) is not None] for some in (before, lately))
        usual, undated = [*settled, *last], sum(map(_is_undated, before))
        now, n_days = gap(current.days[-1]), float(len(current.days))
        if "timestamps" in current.faults:
            yield Measurement(subject="rows", rows=rows, error=current.faults["timestamps"])
            return
        if _is_undated(current.days[-1]) and len(usual) >= LEAST_DAYS and is_exception(undated, len(before)):
            yield Measurement(subject="rows", rows=rows, values={"misdated": 1.0, "window_days": n_days})
            return
        is_known = any(day.season == current.days[-1].season for day in (*before, *lately))  # a first night is quieter
        if now is None or len(usual) < LEAST_DAYS or not is_known:
            reason = UNCALIBRATED if now is not None else "too few rows, or none with a timestamp within the window"
            yield Measurement(subject="rows", rows=rows, unknown=reason)
            return
        least = 1 / max(current.days[-1].rows, 1)
        if settled and any(is_early(each, settled, least=least) for each in last):  # a lasting fault is not usual
            usual = settled
        values = {"gap": now, "usual_gap": max(usual), "cut_short": now if is_early(now, usual, least=least) else 0.0}
        yield Measurement(subject="rows", rows=rows, values={**values, "window_days": n_days})

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        alerts = [
            alert(each, at, features=["rows"], details=dict(each.measurement.values))
            for each in verdicts
            if each.gate is not None
        ]
        words = (
            "No row's time lies within the window."
            if "misdated" in verdicts[0].measurement.values
            else "The log ends before the window."
        )
        return Conclusion(None, alerts, words if alerts else "")

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        """The part of a day after its last row; if the alert is about misdated rows, 1 for a day without a row's time within
        it, else 0."""
        if alert.details.get("statistic") == "misdated":
            return lambda day: float(_is_undated(day))
        return after_the_last_row


def _is_undated(day: WindowProfile) -> bool:
    """Whether a day has enough rows, but none whose time lies within it."""
    return day.period is not None and day.rows >= FEW_ROWS and gap(day) is None


CHECK = Freshness
