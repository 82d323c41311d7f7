"""Are columns missing, or has their type changed?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from pydantic.dataclasses import dataclass

from windage.checks.check import STRICT, Check, Conclusion, Family, Gate, Level, Need, Verdict, alerted_each
from windage.evidence.day_spans import before_the_last
from windage.evidence.shares import UNCALIBRATED
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

MOSTLY = 0.5
"""A column on at most this share of the reference's days comes and goes, so its absence is ordinary."""
KINDS = {
    "number": ("int", "uint", "float", "double", "half", "decimal"),
    "flag": ("bool",),
    "time": ("timestamp", "date", "time", "duration"),
    "text": ("string", "large_string", "utf8", "binary", "dictionary<values=string", "dictionary<values=large_string"),
    "list": ("list", "large_list", "fixed_size_list"),
    "record": ("struct", "map"),
}


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Schema(Check):
    """Are columns missing, or has their type changed?

    Alerts if a column that most of the reference's days have is gone, or if its type is now of another kind (number,
    flag, time, text, list, record). A column that the monitor's file does not name warns on the first such day only,
    because no other check depends on it. New columns are counted and do not alert.
    """

    name: ClassVar[str] = "schema"
    needs: ClassVar[Need] = "columns"
    family: ClassVar[Family] = "inputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.schema_change, "gone", "at least", 1.0, "critical", certain=True, yes_or_no=True),
        Gate(DriftTrigger.schema_change, "other_kind", "at least", 1.0, "critical", certain=True, yes_or_no=True),
        Gate(DriftTrigger.schema_change, "not_named", "at least", 1.0, "warning", certain=True, yes_or_no=True),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        rows = (reference.rows, current.rows)
        days = [day.schema for day in reference.days if day.schema]
        settled = [day.schema for day in before_the_last(reference, current) if day.schema]
        if not days or not current.rows or not all(day.schema for day in current.days if day.rows):
            yield Measurement(subject="columns", rows=rows, unknown="no window with rows has columns to compare")
            return
        present = Counter(name for day in days for name in day)
        now = [day.schema for day in current.days if day.rows]
        expected = {name for name, times in present.items() if times > MOSTLY * len(days)}
        gone = sorted(name for name in expected if any(name not in day for day in now))
        changed: dict[str, tuple[str, ...]] = {
            name: (usual, other)
            for name in sorted(expected - set(gone))
            if (usual := _usual(days, name) or _usual(settled, name))
            if (other := next((kind for day in now if (kind := kind_of(day[name])) not in ("", usual)), ""))
        }
        new = len({name for day in now for name in day} - set(present))
        unknown = UNCALIBRATED if len(days) < LEAST_DAYS else None
        kinds = {**dict.fromkeys(gone, ()), **changed}
        found = {name: how for name in kinds if (how := _statistic(name, kinds[name], days[-1], current.named))}
        for name, how in found.items():
            yield Measurement(subject=name, rows=rows, values={how: 1.0}, categories=kinds[name], unknown=unknown)
        if not found:
            yield Measurement(subject="columns", rows=rows, values={"gone": 0.0, "new": float(new)}, unknown=unknown)

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Columns missing or with another type:")

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        """1 if the alert's columns have the same types on a day as today, or are missing as they are today; else 0."""
        names, today = alert.affected_features, current.days[-1].schema
        return lambda day: float(all(day.schema.get(name) == today.get(name) for name in names)) if day.schema else None


def kind_of(type_name: str) -> str:
    """The kind of an Arrow type; empty if it fits none, as with the type of a column of nulls."""
    return next((kind for kind, starts in KINDS.items() if type_name.startswith(starts)), "")


def _usual(days: Sequence[Mapping[str, str]], name: str) -> str:
    """The kind of the column's type on all of these days; empty if it differed between days."""
    found = {kind_of(day[name]) for day in days if name in day} - {""}
    return found.pop() if len(found) == 1 else ""


def _statistic(name: str, kinds: Sequence[str], yesterday: Mapping[str, str], columns: Container[str] | None) -> str:
    """The statistic of a column that is gone or has other ``kinds``; empty if that is not new and the monitor does not name
    the column."""
    if columns is None or name in columns:
        return "other_kind" if kinds else "gone"
    is_news = name in yesterday and (not kinds or kind_of(yesterday[name]) == kinds[0])
    return "not_named" if is_news else ""


CHECK = Schema
