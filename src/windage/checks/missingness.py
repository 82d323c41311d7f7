"""Do features miss values more or less often than before?"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, Literal

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
from windage.checks.counted import FEW_ROWS, NEARLY_ALL, Counted, broken_days
from windage.checks.evidence import strongest
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile
from windage.stats.outages import is_exception
from windage.vocabulary import DriftTrigger, Measurement


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Missingness:
    """Do features miss values more or less often than before?

    The share of rows in which a numeric feature is null or NaN, or a categorical one null; nulls that vanish are news too.
    """

    name: ClassVar[str] = "missingness"
    needs: ClassVar[Need] = "columns"
    by_column: ClassVar[bool] = True
    report_field: ClassVar[str | None] = None
    family: ClassVar[Family] = "inputs"
    gates: ClassVar[tuple[Gate, ...]] = ()
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.missingness, "all_missing", "at least", 0.98, "critical", certain=True),
        Gate(DriftTrigger.missingness, "rise_least", "at least", 0.30, "critical"),
        Gate(DriftTrigger.missingness, "effect", "at least", 0.05, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        for kind in KINDS:
            for name in named(kind, reference, current):
                ask = partial(self._measure, kind, name, reference, current)
                yield column_measured(kind, name, reference, current, ask)

    def _measure(self, kind: Kind, name: str, reference: WindowProfile, current: WindowProfile) -> Measurement:
        before = summary(reference, name) if kind == "numeric" else reference.categorical[name]
        now = getattr(current, kind)[name]
        values: dict[str, float | None] = {"ref_share": before.missing_share, "cur_share": now.missing_share}
        days = [getattr(day, kind)[name] for day in reference.days if name in getattr(day, kind)]
        left_out = broken_days(reference, name) if kind == "numeric" else ()
        values["all_missing"] = now.missing_share if _is_news([day.missing_share for day in days], now) else None
        found = strongest(reference, current, _missing(kind, name, left_out), least=WARNS_FROM)
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
        kind = "numeric" if name in reference.numeric else "categorical"
        p, q = (getattr(each, kind)[name].missing_share for each in (reference, current))
        missing = np.isnan(rows.numbers(name)) if kind == "numeric" else rows.texts(name) == None  # noqa: E711 — by element
        return np.asarray(np.sign(q - p) * (missing.astype(np.float64) - p))


def _is_news(usual: Sequence[float], now: NumericProfile | CategoricalProfile) -> bool:
    """Whether a day without values would be one: there are rows enough, nearly no other day is like it, and of the values
    that even a poor day has, which may be few, hardly any came."""
    ever = sum(share >= NEARLY_ALL for share in usual)
    if now.rows < FEW_ROWS or (ever and not is_exception(ever, len(usual))):
        return False
    poor = sorted(usual)[-(ever + 1)] if len(usual) > ever else 0.0
    expected = (1 - poor) * now.rows
    return expected >= FEWEST_EXPECTED and (1 - now.missing_share) * now.rows < HARDLY_ANY * expected


Kind = Literal["numeric", "categorical"]
KINDS: tuple[Kind, ...] = ("numeric", "categorical")
WARNS_FROM = 0.05
MUCH_MISSING = 0.40
FEWEST_EXPECTED = 20
HARDLY_ANY = 0.2


def _missing(kind: Kind, name: str, left_out: Container[int]) -> Counted:
    def count(day: WindowProfile) -> tuple[Floats, int] | None:
        profile = getattr(day, kind).get(name)
        if profile is None or id(day) in left_out:
            return None
        return np.array([round(profile.missing_share * profile.rows)], dtype=np.float64), profile.rows

    return count


CHECK = Missingness
