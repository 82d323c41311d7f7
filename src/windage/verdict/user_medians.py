"""The medians of single users' values before and now, in the feature's unit: a mean rank says little at night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from windage.arrays import Floats, Ints
from windage.errors import BrokenFile, DataError
from windage.evidence.day_spans import before_the_last
from windage.profiles.window import Profiles
from windage.verdict.attribution import GroupedRows, RowsToSplit
from windage.verdict.details import detail_of
from windage.vocabulary import DriftAlert, DriftReport, DriftTrigger

DAYS_READ = 3
"""The last ordinary days whose rows are read: a median needs no more."""


def with_user_medians(report: DriftReport, profiles: Profiles, rows: RowsToSplit) -> DriftReport:
    """The report with the medians of the named users' values in its alerts about single users, where both are known."""
    if rows.users is None or not any(each.trigger is DriftTrigger.segment for each in report.alerts):
        return report
    now = [_UserRows(rows.current, rows.users)]
    usual = [_UserRows(each, rows.users) for each in _usual_days(profiles, rows)]

    def medians(alert: DriftAlert) -> dict[str, float]:
        found = {"usual_median": _median(usual, alert), "median": _median(now, alert)}
        known = {name: value for name, value in found.items() if value is not None}
        return known if len(known) == len(found) else {}

    alerts = [
        each.model_copy(update={"details": {**each.details, **(detail_of(each, medians) or {})}})
        if each.trigger is DriftTrigger.segment
        else each
        for each in report.alerts
    ]
    return report.model_copy(update={"alerts": alerts})


def _usual_days(profiles: Profiles, rows: RowsToSplit) -> Iterator[GroupedRows]:
    """The rows of the last days before the current window and before any fault that began a few days ago."""
    settled = {day.starts_at for day in before_the_last(*profiles)}
    for at in sorted((at for at in rows.reference if not settled or at in settled), reverse=True)[:DAYS_READ]:
        try:
            yield rows.reference[at]()
        except BrokenFile:
            continue


@dataclass(frozen=True)
class _UserRows:
    """Rows whose users are read once for all features."""

    rows: GroupedRows
    column: str

    @cached_property
    def _users(self) -> tuple[Sequence[str], Ints]:
        return self.rows.groups(self.column)

    def values(self, feature: str, users: Sequence[str]) -> Floats:
        """The users' finite values; none if the rows lack a column, or their file is broken."""
        try:
            names, index = self._users
            values = self.rows.numbers(feature)
        except (DataError, BrokenFile):
            return np.empty(0)
        chosen = set(users)
        own = values[np.isin(index, [k for k, name in enumerate(names) if name in chosen])]
        return own[np.isfinite(own)]


def _median(parts: Sequence[_UserRows], alert: DriftAlert) -> float | None:
    """The median of the values that the alert is about; None without any."""
    values = [part.values(alert.affected_features[0], alert.affected_user_ids) for part in parts]
    found = np.concatenate([np.empty(0), *values])
    return float(np.median(found)) if found.size else None
