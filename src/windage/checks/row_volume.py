"""Are there as many rows as on other days?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.checks.check import STRICT, Conclusion, Family, Gate, Need, Verdict, alerted_each, nobodys
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import usual
from windage.stats.tails import student_above
from windage.vocabulary import DriftTrigger, Measurement

HALF = 0.6
"""With some room for chance, as of a partition's rows written twice."""
NEWS = -math.log(HALF)
"""A day that differs by as much, alone of its kind, was an outage and says nothing of how ordinary days differ."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class RowVolume:
    """Are there as many rows as on other days?

    Rows per partition against the reference's days of the same season, on the scale of their logarithms. Half the rows
    lost, or a partition written twice, is news where ordinary days vary by less.
    """

    name: ClassVar[str] = "row_volume"
    needs: ClassVar[Need] = "rows"
    report_field: ClassVar[str | None] = None
    family: ClassVar[Family] = "inputs"
    gates: ClassVar[tuple[Gate, ...]] = ()
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.row_volume, "ratio", "below", 0.05, "critical", certain=True),
        Gate(DriftTrigger.row_volume, "ratio", "below", HALF, "warning"),
        Gate(DriftTrigger.row_volume, "ratio", "above", 1.8, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        rows = (reference.rows, current.rows)
        counts, season = np.array([(day.rows, day.season) for day in reference.days if day.rows]).reshape(-1, 2).T
        own = np.isin(season, [day.season for day in current.days])
        if own.sum() >= LEAST_DAYS:
            counts, season, own = counts[own], season[own], own[own]
        if not own.any() or own.size < LEAST_DAYS:
            yield Measurement(subject="rows", rows=rows, unknown="the reference has too few days of this season")
            return
        # Of a season of few days the middle is theirs, and how much days differ is what all seasons' days say of it.
        middles = {each: float(np.median(counts[season == each])) for each in set(season.tolist())}
        now, middle = current.rows / len(current.days), float(np.median(counts[own]))
        logs, moved = np.log(counts / [middles[each] for each in season.tolist()]), math.log(max(now, 0.5) / middle)
        logs = logs[usual(logs, season, moved, least=NEWS)]
        freedom = max(logs.size - len(middles), 1)
        # Counted in rows, even days of the same number would have differed by chance.
        spread = math.sqrt(max(float(logs @ logs) / freedom, 1 / middle))
        z = moved / (spread * math.sqrt(1 + 1 / int(own.sum())))
        p_value = min(2 * float(student_above(freedom, abs(z))), 1.0)
        values = {"ratio": now / middle, "usual_rows": middle, "current_rows": now, "z": z, "p_value": p_value}
        yield Measurement(subject="rows", rows=(reference.rows, max(current.rows, 0)), values=values)

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Another number of")

    row_excess = nobodys


CHECK = RowVolume
