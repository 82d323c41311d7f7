"""Alerts that moved together, through the same users or at the same moment, are one finding."""

from __future__ import annotations

import math
from collections.abc import Sequence

from windage.vocabulary import FACTS, DriftAlert, DriftReport, DriftTrigger, Finding

SAME_USERS = 0.5
"""Share of both alerts' users that they have in common, to be of the same users (Jaccard 1912)."""

SIZES = ("effect", "effect_least", "excess", "new_share", "rank_move", "correlation_move")
FIRST_TO_LAST = ("broken", "outputs", "inputs")
"""A pipeline that is broken explains whatever else there is; of what moved, predictions come first."""


def with_findings(report: DriftReport) -> DriftReport:
    """The report whose alerts are grouped, the most urgent finding first."""
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
    whose = _own_users(lead), _own_users(other)
    if all(whose):
        return len(whose[0] & whose[1]) >= SAME_USERS * len(whose[0] | whose[1])
    return not any(whose) and lead.since is not None and lead.since == other.since


def _own_users(alert: DriftAlert) -> frozenset[str]:
    """The users that an alert is all about; none where it is everybody's."""
    is_theirs = alert.trigger is DriftTrigger.segment or any(
        each.scope == "localised" for each in alert.attribution.values()
    )
    return frozenset(alert.affected_user_ids) if is_theirs else frozenset()


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
    """The lower, the sooner a person has to know it: pages, what is broken, and of that the largest."""
    place = FIRST_TO_LAST.index(FACTS[alert.trigger].kind)
    sizes = map(alert.details.get, SIZES if alert.details.get("statistic") in SIZES else ("psi", *SIZES))
    size = next((each for each in sizes if isinstance(each, int | float) and not math.isnan(each)), 0.0)
    return alert.severity != "critical", place, -size
