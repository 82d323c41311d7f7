"""The messages that people get: about a window, an incident, its end, and a monitor that gave no verdict."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Literal

from windage.incidents.history import ESCALATED_AFTER
from windage.incidents.model import EventKind, Incident, Told
from windage.message import Link, Message, MessageEvent
from windage.reports.formats import plural, shortened
from windage.reports.sentences.text import enumerated
from windage.store.keys import natural_key
from windage.vocabulary import SeverityName, Window

if TYPE_CHECKING:
    from windage.vocabulary import DriftAlert, DriftReport

log = logging.getLogger(__name__)

MOST_PICTURES = 3
MOST_IN_DIGEST = 25
ENDED_OR_ADAPTED = "Later windows no longer find it: either it ended, or the trailing reference has adapted to it."
"""No window can tell the two apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a message comes from: the report, the places of its JSON (``location``) and its ``page``, and further links."""

    report: DriftReport | None = None
    location: str | None = None
    page: str | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What broke a monitor's run: a task, with its last error where that is known, or what Airflow gives as the reason.

    ``cleared`` is how often the run was cleared before: when it then fails again, that is news again.
    """

    run_id: str
    task: str | None
    reason: str
    error: str = ""
    cleared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    """What a message is about, and the keys it is known by. One about a single incident (``is_of_one``) links to its page."""

    event: MessageEvent
    severity: SeverityName
    monitor: str | None
    window: Window | None
    incident: str
    key: str
    is_of_one: bool = False


def window_message(source: Source, report: DriftReport, told: Sequence[Told] = ()) -> Message:
    """What moved, by how much, for whom, since when, and where the report is: ten lines.

    If some of it was ``told`` now, that is what they say, and of the rest only that it is found too.
    """
    from windage.reports.sentences.report import grouped

    new, known = _news(report, told)
    features = [name for alerts in grouped(new) for each in alerts for name in each.affected_features]
    identity = natural_key(*sorted(each.told_id for each in told)) if told else _identity(report)
    is_critical = new.any_critical or any(each.severity == "critical" for each in told)
    severity: SeverityName = "critical" if is_critical else "warning"
    topic = _Topic(
        event="drift",
        severity=severity,
        monitor=report.monitor,
        window=report.current_window,
        incident=told[0].incident_key if len(told) == 1 else identity,
        key=identity,
        is_of_one=len(told) == 1,
    )
    return _message(
        topic,
        in_words(new, location=source.page, badge=_badge(severity, told) if told else "", also_found=known),
        source,
        facts={"outcome": report.outcome.value, "critical": report.any_critical, "report": source.page},
        pictures=_drawn(report, features),
    )


def _news(report: DriftReport, told: Sequence[Told]) -> tuple[DriftReport, Sequence[DriftAlert]]:
    """The report with only those findings that are told now, and the alerts of the others."""
    from windage.verdict.findings import with_findings

    new, known = (list(chain(*groups)) for groups in _findings(report, told))
    if not new or not known:
        return report, ()
    is_critical = any(each.severity == "critical" for each in new)
    only = report.model_copy(update={"alerts": new, "any_critical": is_critical})
    return with_findings(only) if report.findings else only, known


def _findings(report: DriftReport, told: Sequence[Told]) -> tuple[list[list[DriftAlert]], list[list[DriftAlert]]]:
    """The alerts of each finding that is told now, and those of each other."""
    from windage.incidents.verdicts import subjects_of
    from windage.reports.sentences.report import grouped

    about = {subject for each in told for subject in each.subjects}
    groups = [(alerts, not about.isdisjoint(subjects_of(alerts))) for alerts in grouped(report)]
    return [alerts for alerts, is_told in groups if is_told], [alerts for alerts, is_told in groups if not is_told]


def _badge(severity: SeverityName, told: Sequence[Told]) -> str:
    """The severity and, where all that is told is alike, why it is told again."""
    why = {_WHY_AGAIN.get(each.kind, "") for each in told}
    return f"{severity.capitalize()}{why.pop() if len(why) == 1 else ''}"


_WHY_AGAIN: Mapping[EventKind, str] = {
    "escalated": f" after {ESCALATED_AFTER} windows",
    "reminded": ", still open",
    "worsened": ", worse now",
    "spread": ", wider now",
}


def incident_message(
    source: Source, told: Told, report: DriftReport, headline: str, features: Sequence[str]
) -> Message:
    """What is new of one incident, for receivers that keep incidents themselves, and for a digest."""
    lines = [
        f"[{_badge(told.severity, [told])}] {told.monitor}: {headline}",
        f"Window {told.window}.",
        *_with_it(report, told),
    ]
    return _message(
        _topic_of(told, event="drift", key=told.told_id),
        "\n".join([*lines, *([f"Report file: {source.page}"] if source.page else [])]),
        source,
        facts={"outcome": report.outcome.value, "critical": report.any_critical, "report": source.page},
        pictures=_drawn(report, features),
    )


def _with_it(report: DriftReport, told: Told) -> list[str]:
    """What changed with the first finding of an incident."""
    from windage.reports.sentences.report import together

    new, _ = _findings(report, [told])
    return [line for alerts in new[:1] if (line := str(together(alerts)))]


def ending_message(told: Told, incident: Incident | None, *, links: tuple[Link, ...] = ()) -> Message:
    """That somebody is on it, or that it is over; ``incident`` is None when no window finds it any more."""
    what = incident.latest.headline if incident else f"{''.join(enumerated(map(shortened, told.subjects), most=6))}."
    event: MessageEvent = "acknowledged" if told.kind == "acknowledged" else "resolved"
    by_whom = _by_whom(incident, told.kind) if incident else ""
    said = "Windows judged again no longer find it."
    if incident is not None:
        span = Window(start=incident.first.start, end=incident.last.end)
        found = f"{plural(incident.windows, 'window')} found it, {span}."
        said = f"{found} {by_whom or ENDED_OR_ADAPTED}"
    word = "Acknowledged" if event == "acknowledged" else "Resolved" if by_whom else "No longer found"
    lines = [f"[{word}] {told.monitor}: {what}", said]
    topic = _topic_of(told, event=event, key=natural_key(told.incident_key, told.kind, told.window.start))
    return _message(topic, "\n".join(lines), Source(links=links))


def page_ending_message(event: Literal["acknowledged", "resolved"], *, of: Message, n: int) -> Message:
    """That all of the ``n`` incidents of a page are over, or at least acknowledged."""
    key = natural_key(of.incident, event)
    return of.model_copy(
        update={
            "event": event,
            "text": f"[{event.capitalize()}] {of.monitor}: all {n} incidents of this page are {_ENDED[event]}.\n{of.subject}",
            "key": key,
            "facts": {**of.facts, "event": event, "key": key},
            "pictures": (),
        }
    )


_ENDED = {"acknowledged": "acknowledged or over", "resolved": "over"}


def _by_whom(incident: Incident, kind: EventKind) -> str:
    """Who said last that an incident is acknowledged or over, and their note; nothing where windows said it."""
    decision = next((each for each in reversed(incident.events) if each.kind == kind and each.by), None)
    if decision is None:
        return ""
    return f"By {decision.by}: {decision.note}." if decision.note else f"By {decision.by}."


def digest(messages: Sequence[Message]) -> Message:
    """Several warnings as one message, of many the first ``MOST_IN_DIGEST``; one alone stays as it is."""
    if len(messages) == 1:
        return messages[0]
    first = messages[0]
    lines = [f"[Digest] {first.monitor}: {len(messages)} warnings."]
    for each in messages[:MOST_IN_DIGEST]:
        said, _, rest = each.text.partition("\n")
        lines.append(f"- {said.partition(': ')[2] or said} ({rest.splitlines()[0] if rest else ''})".replace(" ()", ""))
    if len(messages) > MOST_IN_DIGEST:
        lines.append(f"- and {len(messages) - MOST_IN_DIGEST} more.")
    return Message(
        event="digest",
        severity="warning",
        text="\n".join(lines),
        key=natural_key(*sorted(each.key for each in messages)),
        incident=first.incident,
        monitor=first.monitor,
        links=messages[-1].links,
        facts={**messages[-1].facts, "event": "digest", "incidents": [each.incident for each in messages]},
        report=messages[-1].report,
        pictures=messages[-1].pictures,
    )


def broken_message(source: Source, failure: Failure, *, monitor: str, window: Window | None) -> Message:
    """That the monitor itself failed. The source's report is the verdict that the run had reached before, if any."""
    report = source.report
    lines = [
        f"[Broken] {monitor}: the monitor failed"
        + ("; its verdict stands." if report else ", so there is no verdict."),
        f"Window {window}." if window else "Window unknown.",
        _what_failed(failure),
        f"Run {failure.run_id}.",
    ]
    if report is None:
        lines.append("Until this is fixed, drift goes unnoticed.")
    else:
        lines += ["Found before it failed:", *in_words(report).splitlines()[:4]]
    topic = _no_verdict("broken", monitor, window, failure.run_id, failure.cleared)
    facts = {"task": failure.task, "reason": failure.reason, "run": failure.run_id}
    return _message(topic, "\n".join(lines), source, facts=facts)


def _what_failed(failure: Failure) -> str:
    if not failure.task:
        return f"Airflow says: {_STOPPED.get(failure.reason, failure.reason)}."
    return f"Task {failure.task} failed." + (f" Last error: {failure.error}" if failure.error else "")


_STOPPED = {
    "timed_out": "the run took too long and was stopped (timed_out)",
    "all_tasks_deadlocked": "no task of the run can start any more (all_tasks_deadlocked)",
}


def late_message(source: Source, *, monitor: str, run_id: str, due: datetime, window: Window | None) -> Message:
    """That there is no report although its deadline is over."""
    lines = [
        f"[Late] {monitor}: no report by {due:%Y-%m-%d %H:%M} UTC.",
        f"Window {window}." if window else "Window unknown.",
        f"Run {run_id} has not finished. Check whether it is waiting for a partition or a worker.",
        "Until it reports, drift goes unnoticed.",
    ]
    return _message(_no_verdict("late", monitor, window, run_id), "\n".join(lines), source, facts={"run": run_id})


def recovered_message(monitor: str, *, of: Message) -> Message:
    """That a monitor which was broken or late, as ``of`` said, gives verdicts again."""
    return of.model_copy(
        update={
            "event": "resolved",
            "text": f"[Resolved] {monitor}: the monitor reports again.",
            "key": natural_key(of.key, "over"),
            "facts": {**of.facts, "event": "resolved", "key": natural_key(of.key, "over")},
        }
    )


def in_words(
    report: DriftReport, *, location: str | None = None, badge: str = "", also_found: Sequence[DriftAlert] = ()
) -> str:
    """The report in ten lines; its bare facts where it cannot be put into words, for a page is sent whatever happens."""
    from windage.reports.sentences.report import ten_lines

    try:
        return ten_lines(report, location=location, badge=badge, also_found=also_found)
    except Exception:  # the last place before a person: an unreadable page is better than none
        log.exception("the report could not be put into words")
        word = badge or ("Critical" if report.any_critical else report.outcome.value.capitalize())
        lines = [f"[{word}] {report.monitor}: {shortened(report.summary, 400)}", f"Window {report.current_window}."]
        return "\n".join([*lines, *([f"Report file: {location}"] if location else [])])


def monitor_incident(monitor: str) -> str:
    """What the messages about a monitor that gives no verdict have in common; its next verdict ends it."""
    return f"windage/{monitor}/no verdict"


def _topic_of(told: Told, *, event: MessageEvent, key: str) -> _Topic:
    """The topic of a message about one incident."""
    return _Topic(
        event=event,
        severity=told.severity,
        monitor=told.monitor,
        window=told.window,
        incident=told.incident_key,
        key=key,
        is_of_one=True,
    )


def _no_verdict(
    event: Literal["broken", "late"], monitor: str, window: Window | None, run_id: str, cleared: int = 0
) -> _Topic:
    """The topic of a run that gives no verdict; every failure after a clearing is a message of its own."""
    key = natural_key(monitor, event, window.end if window else run_id, *([cleared] if cleared else []))
    incident = monitor_incident(monitor)
    return _Topic(event=event, severity="critical", monitor=monitor, window=window, incident=incident, key=key)


def _message(
    topic: _Topic,
    text: str,
    source: Source,
    *,
    facts: Mapping[str, object] | None = None,
    pictures: tuple[str, ...] = (),
) -> Message:
    period = topic.window.model_dump(mode="json") if topic.window else {"start": None, "end": None}
    links = _to_one(source.links, topic.incident) if topic.is_of_one else source.links
    return Message(
        event=topic.event,
        severity=topic.severity,
        text=text,
        key=topic.key,
        incident=topic.incident,
        monitor=topic.monitor,
        links=links,
        facts={
            **(facts or {}),
            "event": topic.event,
            "severity": topic.severity,
            "monitor": topic.monitor,
            "window_start": period["start"],
            "window_end": period["end"],
            "incident": topic.incident,
            "key": topic.key,
            "links": {each.name: each.url for each in links},
        },
        report=source.location,
        pictures=pictures if source.location else (),
    )


def _to_one(links: tuple[Link, ...], incident: str) -> tuple[Link, ...]:
    """The links with the way to one incident in place of the way to all."""
    return tuple(
        Link(name="Incident", url=f"{each.url}/{incident}") if each.name == "Incidents" else each for each in links
    )


def _drawn(report: DriftReport, features: Sequence[str]) -> tuple[str, ...]:
    return tuple([name for name in dict.fromkeys(features) if name in report.pictures][:MOST_PICTURES])


def _identity(report: DriftReport) -> str:
    """The same for the same verdict on the same window."""
    window = report.current_window
    return natural_key(
        report.monitor, "drift", window.start if window else None, window.end if window else None, report.summary
    )
