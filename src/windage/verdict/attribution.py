"""Whose drift it is: an alert's rows are read again, and its change is split over users and other groups."""

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
from windage.profiles.window import Profiles, WindowProfile
from windage.stats.attribution import GroupSums, MixAndBehaviour, largest, largest_contributors, mix_and_behaviour
from windage.verdict.details import detail_of
from windage.vocabulary import Attribution, DriftAlert, DriftReport, DriftTrigger, GroupShare

log = logging.getLogger(__name__)

MOST_ALERTS = 8
"""Alerts that are attributed by reading reference rows, which is expensive; one cause rarely raises more."""
MOST_OF_IT = 0.5
"""A change is not localised if its groups, unless it is a single one, hold more than this share of the rows, or if more
than this part of it remains without them."""
KIN = 0.5
"""Once most of a change is listed, groups with at least this share of the last contribution are listed too."""
UNCHANGED = {"ratio": 1.0}
"""The value of a statistic without any change, where that is not 0."""


class GroupedRows(Rows, Protocol):
    """Rows that can be grouped by a column."""

    def groups(self, column: str) -> tuple[Sequence[str], Ints]:
        """The names of a column's groups, and each row's index into them; −1 for a row without a group."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsToSplit:
    """The rows of both windows, and the columns whose groups a change is split over.

    ``reference`` reads its parts one by one, by their start; ``users`` is the one of ``columns`` that names users.
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
    """The report with the users whose rows make up most of each alert's change."""
    by_name = {check.name: check for check in checks}

    def contributors(alert: DriftAlert) -> list[str]:
        excess = by_name[alert.check].row_excess(rows, *profiles, alert)
        return largest_contributors(excess, users)

    alerts = []
    for alert in report.alerts:
        # A check of single users names them itself.
        affected = alert.affected_user_ids or detail_of(alert, contributors) or []
        alerts.append(alert.model_copy(update={"affected_user_ids": affected}))
    return report.model_copy(update={"alerts": alerts})


def split_over_groups(
    report: DriftReport, checks: Iterable[Check], profiles: Profiles, rows: RowsToSplit, *, policy: Policy
) -> DriftReport:
    """The report with the attribution of up to ``MOST_ALERTS`` alerts, critical ones first; their ``affected_user_ids``
    become the users who behave differently.

    The reference's last days are left out if enough earlier ones remain: a fault that has lasted for days would
    otherwise be compared with its own first days.
    """
    whole, settled = (profiles, rows), _before_the_last(profiles, rows)
    by_name = {check.name: check for check in checks}

    def whose(alert: DriftAlert) -> dict[str, object]:
        check = by_name[alert.check]
        is_new = settled is not None and _features(alert, profiles[0]) != _features(alert, settled[0][0])
        splits = _splits(alert, check, *(whole if settled is None or is_new else settled))
        found = {column: _attribution(split, alert, policy.gates(check)) for column, split in splits.items()}
        users = _users(alert, found[rows.users], splits[rows.users]) if rows.users in found else alert.affected_user_ids
        return {"attribution": found, "affected_user_ids": users}

    first = sorted(range(len(report.alerts)), key=lambda k: (report.alerts[k].severity != "critical", k))[:MOST_ALERTS]
    alerts = list(report.alerts)
    for k in first:
        alerts[k] = alerts[k].model_copy(update=detail_of(alerts[k], whose) or {})
    return report.model_copy(update={"alerts": alerts})


def _before_the_last(profiles: Profiles, rows: RowsToSplit) -> tuple[Profiles, RowsToSplit] | None:
    """The windows and their rows without the reference's last days; None if too few earlier ones remain."""
    settled = before_the_last(*profiles)
    if not settled:
        return None
    kept = {day.starts_at for day in settled}
    left = {at: part for at, part in rows.reference.items() if at in kept}
    return (WindowProfile.merge(settled), profiles[1]), replace(rows, reference=left)


def _features(alert: DriftAlert, window: WindowProfile) -> list[str]:
    """The alert's features that a window has: a column that is new is on the last days alone."""
    return [name for name in alert.affected_features if name in window.numeric or name in window.categorical]


def _splits(alert: DriftAlert, check: Check, profiles: Profiles, rows: RowsToSplit) -> dict[str, MixAndBehaviour]:
    """The alert's change split over the groups of each column that it is not itself about; empty if the change is not a
    sum over rows."""
    scores = check.row_excess(rows.current, *profiles, alert)
    if not scores.any():
        return {}
    columns = [column for column in rows.columns if column not in alert.affected_features]
    current = {column: sums for column in columns if (sums := _sums(rows.current, column, scores, alert)) is not None}
    reference: dict[str, list[GroupSums]] = {column: [] for column in current}
    for read in rows.reference.values():
        try:
            part = read()
            part_scores = check.row_excess(part, *profiles, alert)
        except (DataError, BrokenFile) as error:
            log.warning("part of the reference cannot attribute %s: %s", alert.trigger, error)
            continue
        for column, parts in reference.items():
            sums = _sums(part, column, part_scores, alert)
            if sums is not None:
                parts.append(sums)
    return {
        column: mix_and_behaviour(GroupSums.merge(parts), current[column])
        for column, parts in reference.items()
        if parts
    }


def _sums(rows: GroupedRows, column: str, scores: Floats, alert: DriftAlert) -> GroupSums | None:
    """The rows' scores summed by group; None if they lack the column, because other days and columns can still tell."""
    try:
        return GroupSums.of(*rows.groups(column), scores)
    except DataError as error:
        log.warning("%s cannot be attributed to %s: %s", alert.trigger, column, error)
        return None


def _attribution(split: MixAndBehaviour, alert: DriftAlert, gates: Sequence[Gate]) -> Attribution:
    behaviour, sizes = split.behaviour[:-1], split.rows[:-1].astype(np.int64)
    listed = largest(behaviour, sizes, nobodys=float(split.behaviour[-1]), kin=KIN)
    without_listed = split.without(listed)
    remainder = min(max(without_listed / split.total, 0.0), 1.0) if split.total > 0 else 1.0
    total = split.total or 1.0
    groups = tuple(
        GroupShare(
            name=split.names[k],
            rows=int(sizes[k]),
            contribution=float(split.contribution[k] / total),
            mix=float(split.mix[k] / total),
            behaviour=float(behaviour[k] / total),
        )
        for k in listed
    )
    share = float(split.rows[listed].sum() / max(split.rows.sum(), 1))
    few = share <= MOST_OF_IT or (len(groups) == 1 and share < 1)
    # A column that froze, or is gone, is so for all.
    of_all = alert.trigger is DriftTrigger.frozen or alert.details.get("statistic") == "all_missing"
    is_theirs = bool(groups) and few and remainder <= MOST_OF_IT and not of_all
    is_localised = is_theirs and _falls_silent(alert, gates, remainder)
    scope: Literal["localised", "global"] = "localised" if is_localised else "global"
    everybody = len(groups) > 1 and share == 1
    return Attribution(scope=scope, groups=groups, remainder=remainder, is_everybody=everybody)


def _users(alert: DriftAlert, found: Attribution, split: MixAndBehaviour) -> list[str]:
    """The users who behave differently. Where nobody does, those with the most unusual rows stay if the change is mostly
    theirs, as of users who send more rows than before: others were always like that."""
    if found.groups:
        return [each.name for each in found.groups]
    theirs = [k for k, name in enumerate(split.names) if name in alert.affected_user_ids]
    return alert.affected_user_ids if split.without(theirs) <= MOST_OF_IT * split.total else []


def _falls_silent(alert: DriftAlert, gates: Sequence[Gate], remainder: float) -> bool:
    """Whether the remaining share of the change would not cross the mildest gate on this alert's trigger.

    Row scores are defined by the whole change, so the share that remains of their mean is the share that remains of it.
    """
    for gate in reversed([gate for gate in gates if gate.trigger is alert.trigger]):
        value = alert.details.get(gate.statistic)
        if isinstance(value, int | float):
            unchanged = UNCHANGED.get(gate.statistic, 0.0)
            return not gate.crossed_by(unchanged + (value - unchanged) * remainder)
    return False
