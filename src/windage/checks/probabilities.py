"""Are the predicted probabilities valid?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Rows, Verdict, alert, unmeasured
from windage.evidence.day_spans import settled_and_last
from windage.evidence.excess import stands_out
from windage.evidence.shares import UNCALIBRATED
from windage.profiles.scores import valid_rows
from windage.profiles.window import WindowProfile
from windage.stats.median import median
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Probabilities(Check):
    """Are the predicted probabilities valid?

    A row is invalid if one of its probabilities is not finite or is negative, or if they do not sum to 1 within 0.001.
    The share of invalid rows is reduced by that of the reference's median day, and counts only if it is more than 1.5
    times that of the most unusual ordinary day.
    """

    name: ClassVar[str] = "probabilities"
    needs: ClassVar[Need] = "probabilities"
    family: ClassVar[Family] = "outputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.invalid_probabilities, "invalid_excess", "at least", 0.20, "critical", certain=True),
        Gate(DriftTrigger.invalid_probabilities, "invalid_excess", "at least", 0.01, "warning", certain=True),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        now = current.scores
        days = [day for day in reference.days if day.scores and day.rows]
        rows = (sum(day.rows for day in days), current.rows if now else 0)
        if now is None or not all(rows) or "scores" in current.faults:
            yield unmeasured("scores", self.name, reference, current, rows=rows)
            return
        settled, last = (
            [day.scores.invalid / day.rows for day in some if day.scores and day.rows]
            for some in settled_and_last(reference, current)
        )
        usual, share = [*settled, *last], now.invalid / current.rows
        stays = stands_out(share, settled, last) and not stands_out(share, usual)
        yield Measurement(
            subject=self.name,
            rows=rows,
            values={
                "invalid_share": share,
                "usual_invalid": max(settled if stays else usual),
                "invalid_excess": share - float(median(usual)) if stands_out(share, settled, last) else 0.0,
            },
            unknown=misnamed(reference) or (UNCALIBRATED if len(usual) < LEAST_DAYS else None),
        )

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        (verdict,) = verdicts
        if verdict.gate is None:
            return Conclusion(None, [])
        found = alert(verdict, at, features=[], details=dict(verdict.measurement.values))
        return Conclusion(None, [found], f"Invalid probabilities in {found.details['invalid_share']:.1%} of rows.")

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        usual = reference.scores.invalid / reference.rows if reference.scores and reference.rows else 0.0
        return (~valid_rows(rows.probabilities())).astype(np.float64) - usual

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        return lambda day: day.scores.invalid / day.rows if day.scores and day.rows else None


def misnamed(reference: WindowProfile) -> str | None:
    """Why the columns named as probabilities cannot hold any; None if at least half of the reference's rows are
    valid."""
    found = mostly_invalid(reference, "the reference's")
    return found and f"{found}; name one column for each class as the log's probabilities"


def mostly_invalid(window: WindowProfile, whose: str) -> str | None:
    """A message if most of a window's rows have invalid probabilities; else None."""
    days = [day for day in window.days if day.scores and day.rows]
    invalid, rows = sum(day.scores.invalid for day in days if day.scores), sum(day.rows for day in days)
    if 2 * invalid <= rows:
        return None
    return (
        f"{invalid / rows:.0%} of {whose} rows have invalid probabilities (not finite, negative, or not summing to 1)"
    )


CHECK = Probabilities
