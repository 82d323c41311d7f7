"""Messages about what a window found, about what is new in an incident, and about its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from windage.incidents.from_verdicts import ESCALATED_AFTER
from windage.incidents.messages.composing import Source, Topic, composed, in_words
from windage.incidents.model import EventKind, Incident, Told, arrival_of, values_of
from windage.message import Link, Message, MessageEvent
from windage.reports.formats import plural
from windage.reports.sentences.text import Name, enumerated
from windage.reports.sentences.triggers import wording
from windage.store.keys import natural_key
from windage.vocabulary import TRIGGER_FACTS, SeverityName, Window

if TYPE_CHECKING:
    from windage.vocabulary import DriftAlert, DriftReport

MOST_PICTURES = 3
ENDED_OR_ADAPTED = "Later windows no longer find it: either it ended, or a trailing reference has adapted to it."
"""No window can show which of the two it was."""


def window_message(source: Source, report: DriftReport, told: Sequence[Told] = ()) -> Message:
    """What moved, by how much, for whom, since when, and where the report is: ten lines.

    If only some of it is ``told`` now, the lines are about that, and mention the rest as found too.
    """
    from windage.reports.sentences.report import grouped, status

    new, known = _news(report, told)
    features = [name for alerts in grouped(new) for each in alerts for name in each.affected_features]
    identity = natural_key(*sorted(each.told_id for each in told)) if told else _identity(report)
    is_critical = new.any_critical or any(each.severity == "critical" for each in told)
    severity: SeverityName = "critical" if is_critical else "warning"
    word = severity.capitalize() if new.alerts else str(status(new))  # nobody could judge it
    topic = Topic(
        event="drift",
        severity=severity,
        monitor=report.monitor,
        window=report.current_window,
        incident=told[0].incident_key if len(told) == 1 else identity,
        key=identity,
        is_of_one=len(told) == 1,
    )
    return composed(
        topic,
        in_words(new, location=source.page, badge=_badge(word, told) if told else "", also_found=known),
        source,
        facts={"outcome": report.outcome.value, "critical": report.any_critical, "report": source.page},
        pictures=_drawn(report, features),
    )


def _news(report: DriftReport, told: Sequence[Told]) -> tuple[DriftReport, Sequence[DriftAlert]]:
    """The report with only the findings that are told now, and the alerts of the other findings."""
    from windage.verdict.findings import with_findings

    new, known = (list(chain(*groups)) for groups in _findings(report, told))
    if not new or not known:
        return report, ()
    is_critical = any(each.severity == "critical" for each in new)
    only = report.model_copy(update={"alerts": new, "any_critical": is_critical})
    return with_findings(only) if report.findings else only, known


def _findings(report: DriftReport, told: Sequence[Told]) -> tuple[list[list[DriftAlert]], list[list[DriftAlert]]]:
    """The alerts of each finding that is told now, and those of each other finding."""
    from windage.incidents.verdicts import subjects_of
    from windage.reports.sentences.report import grouped

    about = {subject for each in told for subject in each.subjects}
    groups = [(alerts, not about.isdisjoint(subjects_of(alerts))) for alerts in grouped(report)]
    return [alerts for alerts, is_told in groups if is_told], [alerts for alerts, is_told in groups if not is_told]


def _badge(word: str, told: Sequence[Told]) -> str:
    """The word for what is told and, if the reason is the same for all of it, why it is told again."""
    why = {_WHY_AGAIN.get(each.kind, "") for each in told}
    return f"{word}{why.pop() if len(why) == 1 else ''}"


_WHY_AGAIN: Mapping[EventKind, str] = {
    "escalated": f" after {ESCALATED_AFTER} days",
    "reminded": ", still open",
    "worsened": ", worse now",
    "spread": ", wider now",
}


def incident_message(
    source: Source, told: Told, report: DriftReport, headline: str, features: Sequence[str]
) -> Message:
    """What is new in one incident, for receivers that track incidents, and for a digest."""
    lines = [
        f"[{_badge(told.severity.capitalize(), [told])}] {told.monitor}: {headline}",
        f"Window {told.window}.",
        *_with_it(report, told),
    ]
    return composed(
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
    """The message that an incident was acknowledged or is over; ``incident`` is None if no window finds it any longer."""
    what = incident.latest.headline if incident else f"{''.join(enumerated(map(_in_words, told.subjects), most=6))}."
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
    return composed(topic, "\n".join(lines), Source(links=links))


def _in_words(subject: str) -> str:
    """What a finding was about, as a person would say it."""
    for prefix, words in ((values_of(""), ""), (arrival_of(""), "the arrival of ")):
        if subject.startswith(prefix):
            return f"{words}{Name(subject.removeprefix(prefix)).plain}"
    about = subject.removeprefix("window ")
    return _OF_WINDOW.get(about) or wording(about).about


_OF_WINDOW = {facts.of_window: wording(trigger).subject for trigger, facts in TRIGGER_FACTS.items() if facts.of_window}
_OF_WINDOW["unknown"] = "windows that could not be judged"


def _by_whom(incident: Incident, kind: EventKind) -> str:
    """Who last acknowledged or resolved an incident, and their note; empty if nobody did."""
    decision = next((each for each in reversed(incident.events) if each.kind == kind and each.by), None)
    if decision is None:
        return ""
    return f"By {decision.by}: {decision.note}." if decision.note else f"By {decision.by}."


def _topic_of(told: Told, *, event: MessageEvent, key: str) -> Topic:
    """The topic of a message about one incident."""
    return Topic(
        event=event,
        severity=told.severity,
        monitor=told.monitor,
        window=told.window,
        incident=told.incident_key,
        key=key,
        is_of_one=True,
    )


def _drawn(report: DriftReport, features: Sequence[str]) -> tuple[str, ...]:
    return tuple([name for name in dict.fromkeys(features) if name in report.pictures][:MOST_PICTURES])


def _identity(report: DriftReport) -> str:
    """A text that is the same for the same verdict on the same window."""
    window = report.current_window
    return natural_key(
        report.monitor, "drift", window.start if window else None, window.end if window else None, report.summary
    )
