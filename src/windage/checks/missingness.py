"""Do features miss values more or less often than before?"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.checks.check import (
    STRICT,
    Conclusion,
    Family,
    Floats,
    Gate,
    Need,
    Rows,
    Verdict,
    alerted_each,
    column_measured,
    named,
)
from windage.checks.evidence import FEW_ROWS, NEARLY_ALL, Counted, broken_days, strongest
from windage.profiles.window import WindowProfile
from windage.stats.outages import is_exception
from windage.vocabulary import DriftTrigger, Measurement


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Missingness:
    """Do features miss values more or less often than before?

    The share of rows in which a numeric feature is null or NaN; nulls that vanish are news too.
    """

    name: ClassVar[str] = "missingness"
    needs: ClassVar[Need] = "numeric"
    report_field: ClassVar[str | None] = None
    family: ClassVar[Family] = "inputs"
    gates: ClassVar[tuple[Gate, ...]] = ()
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.missingness, "all_missing", "at least", 0.98, "critical", certain=True),
        Gate(DriftTrigger.missingness, "rise_least", "at least", 0.30, "critical"),
        Gate(DriftTrigger.missingness, "effect", "at least", 0.05, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        for name in named("numeric", reference, current):
            yield column_measured("numeric", name, reference, current, partial(self._measure, name, reference, current))

    def _measure(self, name: str, reference: WindowProfile, current: WindowProfile) -> Measurement:
        before, now = reference.numeric[name], current.numeric[name]
        values: dict[str, float | None] = {"ref_share": before.missing_share, "cur_share": now.missing_share}
        shares = [day.numeric[name].missing_share for day in reference.days if name in day.numeric]
        ever = sum(share >= NEARLY_ALL for share in shares)
        is_news = now.rows >= FEW_ROWS and (not ever or is_exception(ever, len(shares)))
        values["all_missing"] = now.missing_share if is_news else None
        found = strongest(reference, current, _missing(name, broken_days(reference, name)), least=WARNS_FROM)
        if found:
            rising = (found["move"] or 0.0) > 0 and now.missing_share >= MUCH_MISSING
            values |= {**found, "rise_least": found["effect_least"] if rising else 0.0}
        return Measurement(subject=name, rows=(before.rows, now.rows), values=values)

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Missing values changed in")

    def row_excess(
        self, rows: Rows, reference: WindowProfile, current: WindowProfile, subjects: Sequence[str]
    ) -> Floats:
        (name,) = subjects
        p, q = (each.numeric[name].missing_share for each in (reference, current))
        return np.asarray(np.sign(q - p) * (np.isnan(rows.numbers(name)) - p))


WARNS_FROM = 0.05
MUCH_MISSING = 0.40


def _missing(name: str, left_out: Container[int]) -> Counted:
    def count(day: WindowProfile) -> tuple[Floats, int] | None:
        if name not in day.numeric or id(day) in left_out:
            return None
        profile = day.numeric[name]
        return np.array([float(profile.nulls + profile.nans)]), profile.rows

    return count


CHECK = Missingness
