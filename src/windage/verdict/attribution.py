"""Whose drift: the rows of each alert are read again, and its change is split over users and other groups."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

import numpy as np

from windage.arrays import Floats, Ints, Texts
from windage.checks.check import Check, Gate, Rows
from windage.errors import BrokenFile, DataError
from windage.evidence.day_spans import before_the_last
from windage.policy import Policy
from windage.profiles.window import WindowProfile
from windage.stats.attribution import GroupSums, MixAndBehaviour, largest, largest_contributors, mix_and_behaviour
from windage.verdict.details import detail_of
from windage.verdict.measuring import Profiles
from windage.vocabulary import Attribution, DriftAlert, DriftReport, DriftTrigger, GroupShare

log = logging.getLogger(__name__)

MOST_ALERTS = 8
"""Alerts whose reference rows are read again, the critical ones first: reading costs, and one cause seldom has more."""
MOST_OF_IT = 0.5
"""A change of groups that hold more of the rows than this is not localised."""
KIN = 0.5
"""A group whose behaviour changed at least half as much as the last of those that make up most of a change is listed too."""
UNCHANGED = {"ratio": 1.0}
"""The value of a statistic where nothing changed, if it is not 0."""


class GroupedRows(Rows, Protocol):
    """Rows that know which group of a column each belongs to."""

    def groups(self, column: str) -> tuple[Sequence[str], Ints]:
        """The names of a column's groups and each row's place among them, −1 for a row of no group."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsToSplit:
    """The rows of both windows, and the columns whose groups a change is split over.

    The reference's are read part by part, each known by its beginning; ``users`` is the one of ``columns`` that names users.
    """

    current: GroupedRows
    reference: Mapping[datetime, Callable[[], GroupedRows]]
    columns: Sequence[str]
    users: str | None


def attribute(
    report: DriftReport,
    checks: Iterable[Check],
    profiles: Profiles,
    *,
    rows: Rows,
    users: Texts,
) -> DriftReport:
    """The report with the users whose rows carry each alert's change."""
    by_name = {check.name: check for check in checks}

    def contributors(alert: DriftAlert) -> list[str]:
        excess = by_name[alert.check].row_excess(rows, *profiles, alert)
        return largest_contributors(excess, users)

    alerts = []
    for alert in report.alerts:
        # Some checks are about users themselves.
        found = alert.affected_user_ids or detail_of(alert, contributors) or []
        alerts.append(alert.model_copy(update={"affected_user_ids": found}))
    return report.model_copy(update={"alerts": alerts})


def split_over_groups(
    report: DriftReport, checks: Iterable[Check], profiles: Profiles, rows: RowsToSplit, *, policy: Policy
) -> DriftReport:
    """The report with the attribution of its strongest alerts; ``affected_user_ids`` are those who behave differently.

    Only the columns that alerted are read. The reference's last days are left out where they are told apart: a fault that
    lasts would otherwise be compared with its own first days.
    """
    settled = before_the_last(*profiles)
    if settled:
        kept = {day.starts_at for day in settled}
        profiles = WindowProfile.merge(settled), profiles[1]
        rows = replace(rows, reference={at: part for at, part in rows.reference.items() if at in kept})
    by_name = {check.name: check for check in checks}

    def attributions(alert: DriftAlert) -> dict[str, Attribution]:
        check = by_name[alert.check]
        found = _splits(alert, check, profiles, rows)
        return {name: _attribution(split, alert, policy.gates(check)) for name, split in found.items()}

    order = sorted(range(len(report.alerts)), key=lambda k: (report.alerts[k].severity != "critical", k))[:MOST_ALERTS]
    alerts = list(report.alerts)
    for k in order:
        alert = alerts[k]
        told = detail_of(alert, attributions) or {}
        named = [each.name for each in told[rows.users].groups] if rows.users in told else []
        users = named or alert.affected_user_ids
        alerts[k] = alert.model_copy(update={"attribution": told, "affected_user_ids": users})
    return report.model_copy(update={"alerts": alerts})


def _splits(alert: DriftAlert, check: Check, profiles: Profiles, rows: RowsToSplit) -> dict[str, MixAndBehaviour]:
    """By column; nothing where the check's change is no sum over rows."""
    now = check.row_excess(rows.current, *profiles, alert)
    if not now.any():
        return {}
    today = {column: sums for column in rows.columns if (sums := _sums(rows.current, column, now, alert)) is not None}
    before: dict[str, list[GroupSums]] = {column: [] for column in today}
    for read in rows.reference.values():
        try:
            part = read()
            scores = check.row_excess(part, *profiles, alert)
        except (DataError, BrokenFile) as error:
            log.warning("part of the reference cannot attribute %s: %s", alert.trigger, error)
            continue
        for column, parts in before.items():
            sums = _sums(part, column, scores, alert)
            if sums is not None:
                parts.append(sums)
    return {
        column: mix_and_behaviour(GroupSums.merge(parts), today[column]) for column, parts in before.items() if parts
    }


def _sums(rows: GroupedRows, column: str, scores: Floats, alert: DriftAlert) -> GroupSums | None:
    """None of rows without such a column: they say nothing of whose it is, the other days and columns do."""
    try:
        return GroupSums.of(*rows.groups(column), scores)
    except DataError as error:
        log.warning("%s cannot be attributed to %s: %s", alert.trigger, column, error)
        return None


def _attribution(split: MixAndBehaviour, alert: DriftAlert, gates: Sequence[Gate]) -> Attribution:
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
    is_theirs = few and alert.trigger is not DriftTrigger.frozen and _falls_silent(alert, gates, remainder)
    scope: Literal["localised", "global"] = "localised" if is_theirs else "global"  # a column that froze did so for all
    return Attribution(scope=scope, groups=groups, remainder=remainder)


def _falls_silent(alert: DriftAlert, gates: Sequence[Gate], remainder: float) -> bool:
    """Whether the part of the change that is left lies within the mildest gate on this alert's trigger.

    The scores of rows were fixed by the whole change, so what is left of their mean is left of the change itself.
    """
    for gate in reversed([gate for gate in gates if gate.trigger is alert.trigger]):
        value = alert.details.get(gate.statistic)
        if isinstance(value, int | float):
            unchanged = UNCHANGED.get(gate.statistic, 0.0)
            return not gate.crossed_by(unchanged + (value - unchanged) * remainder)
    return False
