"""Alerts about the same users, or with the same onset, are grouped into one finding; so are those whose onset a log's first
days cannot show."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from windage.evidence.shares import UNCALIBRATED
from windage.vocabulary import TRIGGER_FACTS, DriftAlert, DriftReport, DriftTrigger, Finding

SAME_USERS = 0.5
"""The least Jaccard index (1912) of two alerts' users for the alerts to be about the same users."""

SIZES = ("effect", "effect_least", "excess", "new_share", "rank_move", "correlation_move")
OF_ALL_ROWS = ("renamed", "collapsed")
"""Statistics that concern all predictions of the window: no share that moved is larger."""
FIRST_TO_LAST = ("broken", "outputs", "inputs")
"""Kinds of alerts by urgency: a broken pipeline explains everything else; then predictions come before features."""


def with_findings(report: DriftReport) -> DriftReport:
    """The report with its alerts grouped into findings, the most urgent first."""
    order = sorted(range(len(report.alerts)), key=lambda k: urgency(report.alerts[k]))
    groups = _Groups()
    for k in order:
        groups.add(k, report.alerts[k])
    return report.model_copy(update={"findings": [_finding(report.alerts, each) for each in groups.members]})


class _Groups:
    """The alerts that go together, each group found by what its first alert is about, so that thousands are not compared with
    each other."""

    def __init__(self) -> None:
        self.members: list[list[int]] = []
        self._users: list[frozenset[str]] = []
        self._of_user: dict[str, list[int]] = defaultdict(list)
        self._of_moment: dict[datetime | str, int] = {}

    def add(self, k: int, alert: DriftAlert) -> None:
        users, moment = _own_users(alert), _moment(alert)
        place = self._of_these(users) if users else self._at(moment)
        if place is not None:
            self.members[place].append(k)
            return
        for user in users:
            self._of_user[user].append(len(self.members))
        if not users and moment is not None:
            self._of_moment[moment] = len(self.members)
        self._users.append(users)
        self.members.append([k])

    def _at(self, moment: datetime | str | None) -> int | None:
        return None if moment is None else self._of_moment.get(moment)

    def _of_these(self, users: frozenset[str]) -> int | None:
        for place in sorted({place for user in users for place in self._of_user.get(user, ())}):
            lead = self._users[place]
            if len(lead & users) >= SAME_USERS * len(lead | users):
                return place
        return None


def _moment(alert: DriftAlert) -> datetime | str | None:
    """What alerts of one moment share: their onset, or the fact that the reference has too few days to show it."""
    if alert.since is not None:
        return alert.since
    return UNCALIBRATED if alert.details.get("note") == UNCALIBRATED else None


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
    kind = FIRST_TO_LAST.index(TRIGGER_FACTS[alert.trigger].kind)
    statistic = alert.details.get("statistic")
    sizes = map(alert.details.get, SIZES if statistic in SIZES else ("psi", *SIZES))
    size = next((each for each in sizes if isinstance(each, int | float) and not math.isnan(each)), 0.0)
    return alert.severity != "critical", kind, -1.0 if statistic in OF_ALL_ROWS else -size
