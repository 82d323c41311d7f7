"""Are there as many rows as on other days?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.checks.check import STRICT, Conclusion, Family, Gate, Need, Verdict, alerted_each, nobodys
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.tails import student_above
from windage.vocabulary import DriftTrigger, Measurement


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class RowVolume:
    """Are there as many rows as on other days?

    Rows per partition against the median of the reference's days of the same season, on the scale of their logarithms.
    Half the rows lost, or a partition written twice, is news where ordinary days vary by less.
    """

    name: ClassVar[str] = "row_volume"
    needs: ClassVar[Need] = "rows"
    report_field: ClassVar[str | None] = None
    family: ClassVar[Family] = "inputs"
    gates: ClassVar[tuple[Gate, ...]] = ()
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.row_volume, "ratio", "below", 0.05, "critical", certain=True),
        Gate(DriftTrigger.row_volume, "ratio", "below", 0.6, "warning"),
        Gate(DriftTrigger.row_volume, "ratio", "above", 1.8, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        seasons = {day.season for day in current.days}
        usual = np.array([day.rows for day in reference.days if day.rows and day.season in seasons], dtype=np.float64)
        rows = (reference.rows, current.rows)
        if usual.size < LEAST_DAYS:
            yield Measurement(subject="rows", rows=rows, unknown="the reference has too few days of this season")
            return
        now = current.rows / len(current.days)
        middle = float(np.median(usual))
        spread = max(1.4826 * float(np.median(np.abs(np.log(usual / middle)))), 1 / np.sqrt(middle))
        z = float(np.log(max(now, 0.5) / middle)) / (spread * np.sqrt(1 + 1 / usual.size))
        p_value = min(2 * float(student_above(usual.size - 1, abs(z))), 1.0)
        values = {"ratio": now / middle, "usual_rows": middle, "current_rows": now, "z": z, "p_value": p_value}
        yield Measurement(subject="rows", rows=(reference.rows, max(current.rows, 0)), values=values)

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Another number of")

    row_excess = nobodys


CHECK = RowVolume
