"""The medians of single users' values before and now, in the feature's unit: a mean rank says little at night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property

import numpy as np

from windage.arrays import Floats, Ints
from windage.checks.segment import apart
from windage.errors import BrokenFile, DataError
from windage.evidence.day_spans import before_the_last
from windage.profiles.window import Profiles, WindowProfile
from windage.verdict.attribution import GroupedRows, RowsToSplit
from windage.verdict.details import detail_of
from windage.vocabulary import DriftAlert, DriftReport, DriftTrigger

DAYS_READ = 3
"""The last ordinary days whose rows are read: a median needs no more."""


def with_user_medians(report: DriftReport, profiles: Profiles, rows: RowsToSplit) -> DriftReport:
    """The report with the medians of the named users' values in its alerts about single users, where both are known and
    these moved the same way."""
    if rows.users is None or not any(map(_moved_together, report.alerts)):
        return report
    column = rows.users
    now = [_UserRows(rows.current, column)]

    @cache
    def read(at: datetime) -> _UserRows | None:
        try:
            return _UserRows(rows.reference[at](), column)
        except BrokenFile:
            return None

    def medians(alert: DriftAlert) -> dict[str, float]:
        days = [at for at in _usual_days(profiles, alert) if at in rows.reference][:DAYS_READ]
        usual = [part for at in days if (part := read(at)) is not None]
        found = {"usual_median": _median(usual, alert), "median": _median(now, alert)}
        known = {name: value for name, value in found.items() if value is not None}
        return known if len(known) == len(found) else {}

    alerts = [
        each.model_copy(update={"details": {**each.details, **(detail_of(each, medians) or {})}})
        if _moved_together(each)
        else each
        for each in report.alerts
    ]
    return report.model_copy(update={"alerts": alerts})


def _moved_together(alert: DriftAlert) -> bool:
    _, against = apart(alert.details, alert.affected_user_ids)
    return alert.trigger is DriftTrigger.segment and not against


def _usual_days(profiles: Profiles, alert: DriftAlert) -> list[datetime]:
    """The days before the current window and before any fault that began a few days ago, the last first, without those on
    which the users were more like they are now."""
    reference, current = profiles
    name, users = alert.affected_features[0], frozenset(alert.affected_user_ids)
    half = (alert.details.get("rank_move") or 0.0) / 2
    now = _rank(current.days[-1], name, users)
    days = before_the_last(*profiles) or reference.days
    ranks = {at: _rank(day, name, users) for day in days if (at := day.starts_at) is not None}
    usual = [at for at, rank in ranks.items() if rank is None or now is None or abs(rank - now) >= half]
    return sorted(usual, reverse=True)


def _rank(day: WindowProfile, name: str, users: frozenset[str]) -> float | None:
    return None if day.ranks is None else day.ranks.mean_rank(users, name)


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
