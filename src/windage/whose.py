"""Whose drift: each alert's change split over users and other groups, into mix and behaviour, by reading its rows again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from windage.checks.check import Check, Rows
from windage.errors import DataError
from windage.profiles.window import WindowProfile
from windage.stats.attribution import GroupSums, MixAndBehaviour, largest, mix_and_behaviour
from windage.vocabulary import Attribution, DriftAlert, DriftReport, GroupShare

log = logging.getLogger(__name__)

MOST_ALERTS = 8
"""Alerts whose reference rows are read again, the critical ones first: reading costs, and one cause seldom has more."""
MOST_OF_IT = 0.5
"""What groups of more of the rows do is no matter of theirs alone."""
KIN = 0.5
"""A group that behaves at least half as differently as the last of those that make up most of a change is one of them."""
Profiles = tuple[WindowProfile, WindowProfile]
Ints = npt.NDArray[np.int64]


class GroupedRows(Rows, Protocol):
    """Rows that know which group of a column each belongs to."""

    def groups(self, column: str) -> tuple[Sequence[str], Ints]:
        """The names of a column's groups and each row's place among them, −1 for a row of no group."""
        ...


def split_over_groups(
    report: DriftReport,
    checks: Iterable[Check],
    profiles: Profiles,
    *,
    current: GroupedRows,
    reference: Sequence[Callable[[], GroupedRows]],
    columns: Sequence[str],
    users: str | None,
) -> DriftReport:
    """The report with the attribution of its strongest alerts; ``affected_user_ids`` are those who behave differently.

    The reference's rows are read part by part, and only the columns that alerted.
    """
    by_trigger = {gate.trigger: check for check in checks for gate in (*check.gates, *check.calibrated)}
    order = sorted(range(len(report.alerts)), key=lambda k: (report.alerts[k].severity != "critical", k))[:MOST_ALERTS]
    alerts = list(report.alerts)
    for k in order:
        alert = alerts[k]
        try:
            found = _splits(alert, by_trigger[alert.trigger], profiles, current, reference, columns)
        except DataError:  # a day of the reference has no such column: the alert stands, and whose it is stays unsaid
            log.warning("alert %s is attributed to no group", alert.trigger, exc_info=True)
            continue
        told = {name: _told(split, alert, by_trigger[alert.trigger]) for name, split in found.items()}
        named = [each.name for each in told[users].groups] if users in told else []
        whose = named or alert.affected_user_ids
        alerts[k] = alert.model_copy(update={"attribution": told, "affected_user_ids": whose})
    return report.model_copy(update={"alerts": alerts})


def _splits(
    alert: DriftAlert,
    check: Check,
    profiles: Profiles,
    current: GroupedRows,
    reference: Sequence[Callable[[], GroupedRows]],
    columns: Sequence[str],
) -> dict[str, MixAndBehaviour]:
    """By column; nothing where the check's change is no sum over rows."""
    now = check.row_excess(current, *profiles, alert.affected_features)
    if not now.any():
        return {}
    before: dict[str, list[GroupSums]] = {column: [] for column in columns}
    for part in reference:
        rows = part()
        scores = check.row_excess(rows, *profiles, alert.affected_features)
        for column in columns:
            before[column].append(GroupSums.of(*rows.groups(column), scores))
    return {
        column: mix_and_behaviour(GroupSums.merge(parts), GroupSums.of(*current.groups(column), now))
        for column, parts in before.items()
        if parts
    }


def _told(split: MixAndBehaviour, alert: DriftAlert, check: Check) -> Attribution:
    behaviour, sizes = split.behaviour[:-1], split.rows[:-1].astype(np.int64)
    listed = largest(behaviour, sizes, nobodys=float(split.behaviour[-1]), kin=KIN)
    rest = split.without(listed)
    remainder = min(max(rest / split.total, 0.0), 1.0) if split.total > 0 else 1.0
    whole = split.total or 1.0
    groups = tuple(
        GroupShare(
            name=split.names[k],
            rows=int(sizes[k]),
            contribution=float(split.contribution[k] / whole),
            mix=float(split.mix[k] / whole),
            behaviour=float(behaviour[k] / whole),
        )
        for k in listed
    )
    few = bool(groups) and float(split.rows[listed].sum()) <= MOST_OF_IT * float(split.rows.sum())
    scope: Literal["localised", "global"] = "localised" if few and _falls_silent(alert, check, remainder) else "global"
    return Attribution(scope=scope, groups=groups, remainder=remainder)


def _falls_silent(alert: DriftAlert, check: Check, remainder: float) -> bool:
    """Whether the part of the change that is left lies below the mildest gate on this alert's trigger.

    The scores of rows were fixed by the whole change, so what is left of their mean is left of the change itself.
    """
    own = [gate for gate in (*check.calibrated, *check.gates) if gate.trigger is alert.trigger]
    for gate in reversed(own):
        value = alert.details.get(gate.statistic)
        if isinstance(value, int | float) and gate.side != "below":
            return not gate.crossed_by(value * remainder)
    return False
