"""A report reduced to what incidents need: the window's verdict and findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from windage.errors import InvalidInput
from windage.incidents.model import WindowFinding, WindowVerdict, arrival_of, values_of
from windage.profiles.window import NEARLY_A_DAY
from windage.reports.sentences.alert import alert_sentence, is_everybodys
from windage.reports.sentences.report import grouped
from windage.stats.ordinary import LEAST_DAYS
from windage.vocabulary import TRIGGER_FACTS, DriftAlert, DriftReport, DriftTrigger, Outcome, Window

if TYPE_CHECKING:
    from windage.spec.model import MonitorSpec

A_WEEK = timedelta(days=7)


def verdict_of(report: DriftReport, monitor: MonitorSpec) -> WindowVerdict:
    """The verdict of the report on a window of this monitor.

    Raises:
        InvalidInput: the report names no monitor or no window.
    """
    if report.monitor is None or report.current_window is None:
        raise InvalidInput("This report has no monitor or window, so it cannot open incidents. Run it from a monitor.")
    is_quiet = report.is_judged and not report.alerts  # though some columns may not have been judged
    window = report.current_window
    return WindowVerdict(
        monitor=report.monitor,
        window=window,
        outcome=Outcome.ok if is_quiet else report.outcome,
        findings=tuple(map(_seen, grouped(report))),
        is_young=_is_early(window, monitor.start) and report.outcome is Outcome.unknown and bool(report.current_rows),
        remind_every=monitor.paging.remind_every,
    )


def _is_early(window: Window, log_start: datetime) -> bool:
    """Whether a window is one of a log's first four or, if it is shorter than a day, lies in its first week: only after that has
    the log had each hour on weekdays and on a weekend."""
    return window.start < log_start + (LEAST_DAYS * window.width if window.width >= NEARLY_A_DAY else A_WEEK)


def _seen(alerts: Sequence[DriftAlert]) -> WindowFinding:
    named = (each.affected_features for each in alerts if not TRIGGER_FACTS[each.trigger].of_window)
    features = dict.fromkeys(name for names in named for name in names)
    critical = [each for each in alerts if each.severity == "critical"]
    return WindowFinding(
        subjects=subjects_of(alerts),
        triggers=tuple(dict.fromkeys(str(each.trigger) for each in alerts)),
        severity="critical" if critical else "warning",
        headline=str(alert_sentence(alerts[0])),
        features=tuple(features),
        users=_users(alerts),
        since=min((each.since for each in alerts if each.since is not None), default=None),
        critical=subjects_of(critical),
    )


def _users(alerts: Sequence[DriftAlert]) -> tuple[str, ...]:
    """The users that the finding is about; none if any of its alerts concerns everybody, which a silence of users must not hide."""
    if any(not each.affected_user_ids or is_everybodys(each) for each in alerts):
        return ()
    return tuple(dict.fromkeys(user for each in alerts for user in each.affected_user_ids))


def subjects_of(alerts: Sequence[DriftAlert]) -> tuple[str, ...]:
    """What the alerts of one finding are about."""
    return tuple(dict.fromkeys(subject for each in alerts for subject in _of_one(each)))


def _of_one(alert: DriftAlert) -> list[str]:
    facts = TRIGGER_FACTS[alert.trigger]
    if facts.of_window:
        return [f"window {facts.of_window}"]
    about = alert.check if alert.trigger is DriftTrigger.other and alert.check else alert.trigger
    of_feature = arrival_of if facts.of_arrival else values_of
    return [of_feature(name) for name in alert.affected_features] or [f"window {about}"]
