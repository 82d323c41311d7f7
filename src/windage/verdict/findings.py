"""Alerts about the same users, or with the same onset, are grouped into one finding."""

from __future__ import annotations

import math
from collections.abc import Sequence

from windage.vocabulary import FACTS, DriftAlert, DriftReport, DriftTrigger, Finding

SAME_USERS = 0.5
"""The least Jaccard index (1912) of two alerts' users for the alerts to be about the same users."""

SIZES = ("effect", "effect_least", "excess", "new_share", "rank_move", "correlation_move")
OF_ALL_ROWS = ("renamed", "collapsed")
"""Statistics by which no prediction of the window means anything: no share that moved is larger."""
FIRST_TO_LAST = ("broken", "outputs", "inputs")
"""Kinds of alerts by urgency: a broken pipeline explains everything else; then predictions come before features."""


def with_findings(report: DriftReport) -> DriftReport:
    """The report with its alerts grouped into findings, the most urgent first."""
    order = sorted(range(len(report.alerts)), key=lambda k: urgency(report.alerts[k]))
    groups: list[list[int]] = []
    for k in order:
        group = next((each for each in groups if _go_together(report.alerts[each[0]], report.alerts[k])), None)
        if group is None:
            groups.append([k])
        else:
            group.append(k)
    return report.model_copy(update={"findings": [_finding(report.alerts, group) for group in groups]})


def _go_together(lead: DriftAlert, other: DriftAlert) -> bool:
    users = _own_users(lead), _own_users(other)
    if all(users):
        return len(users[0] & users[1]) >= SAME_USERS * len(users[0] | users[1])
    return not any(users) and lead.since is not None and lead.since == other.since


def _own_users(alert: DriftAlert) -> frozenset[str]:
    """The users that an alert is limited to; empty if it concerns everybody."""
    is_limited = alert.trigger is DriftTrigger.segment or any(
        each.scope == "localised" for each in alert.attribution.values()
    )
    return frozenset(alert.affected_user_ids) if is_limited else frozenset()


def _finding(alerts: Sequence[DriftAlert], members: Sequence[int]) -> Finding:
    lead = alerts[members[0]]
    users = _own_users(lead)
    return Finding(
        members=tuple(members),
        through="alone" if len(members) == 1 else "users" if users else "moment",
        severity=lead.severity,
        users=tuple(each for each in lead.affected_user_ids if each in users),
        since=min((each for k in members if (each := alerts[k].since) is not None), default=None),
    )


def urgency(alert: DriftAlert) -> tuple[bool, int, float]:
    """A sort key, the most urgent first: critical alerts, then by kind, then the largest."""
    kind = FIRST_TO_LAST.index(FACTS[alert.trigger].kind)
    statistic = alert.details.get("statistic")
    sizes = map(alert.details.get, SIZES if statistic in SIZES else ("psi", *SIZES))
    size = next((each for each in sizes if isinstance(each, int | float) and not math.isnan(each)), 0.0)
    return alert.severity != "critical", kind, -1.0 if statistic in OF_ALL_ROWS else -size
