"""The report in words: its verdict, its alerts, what could not be judged, and the message for the person on call."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from windage.reports.formats import count, plural, shortened, spaced, window
from windage.reports.sentences.alert import alert_sentence, subject, verb
from windage.reports.sentences.text import Name, Sentence, enumerated, say
from windage.verdict.findings import urgency
from windage.vocabulary import CheckOutcome, DriftAlert, DriftReport, Outcome

_MOST_ALERTS = 5
_MOST_SUBJECTS = 3
_MOST_CHECKS = 20
_MOST_ALIKE = 2
_GUESS = re.compile(r" Did you mean .*?\?")
_BROKE, _UNANSWERED = "failed", "could not judge"

_Question = tuple[str, tuple[str, ...], str]
"""Whether checks broke or could not judge, the subjects, and the reason."""


class Status(StrEnum):
    """The badge of a report."""

    critical = "Critical"
    warning = "Warning"
    ok = "No drift"
    unknown = "Unknown"
    error = "Broken"


def status(report: DriftReport) -> Status:
    """The verdict in one word; a report in which nothing was judged is never *No drift*."""
    if report.any_critical or any(alert.severity == "critical" for alert in report.alerts):
        return Status.critical
    if report.alerts:
        return Status.warning
    if report.outcome is Outcome.error:
        return Status.error
    return Status.ok if report.outcome is Outcome.ok and _something_was_judged(report) else Status.unknown


def alerts_by_severity(report: DriftReport) -> list[DriftAlert]:
    """The alerts, critical before warning and predictions before inputs; among equals, the one that moved furthest
    first."""
    return sorted(report.alerts, key=urgency)


def grouped(report: DriftReport) -> list[list[DriftAlert]]:
    """The alerts of each finding, the strongest first; in a report without findings, each alert alone."""
    if report.findings:
        return [[report.alerts[k] for k in each.members] for each in report.findings]
    return [[alert] for alert in alerts_by_severity(report)]


def together(alerts: Sequence[DriftAlert]) -> Sentence:
    """A sentence on what changed with the first alert; empty if it is alone."""
    others = dict.fromkeys(subject(each) for each in alerts[1:])
    return say("Changed with it: ", *enumerated(others, most=4), ".") if others else say()


def headline(report: DriftReport) -> Sentence:
    """The first line to read: what moved, that nothing moved, or that this is unknown."""
    if report.current_rows == 0 and report.lacking:
        period = window(report.lacking[0]) if len(report.lacking) == 1 else window(report.current_window)
        return say(f"No partition for {period}.")
    outcomes = report.of_rows.values()
    broken, unknown = (sum(each.outcome is one for each in outcomes) for one in (Outcome.error, Outcome.unknown))
    if report.alerts:
        return say(_what_happened(alerts_by_severity(report)), ".")
    if report.any_critical:
        return say("A critical limit was crossed, but this report does not say which.")
    if _is_without_reference(report):
        return say("Not judged: the reference has no rows.")
    if outcomes and unknown == len(outcomes) and (reason := _shared(each.reason for each in outcomes)) is not None:
        return say(f"Not judged: {_ended(reason)}")
    if unknown and report.is_judged:
        return say(
            "No drift in what could be judged; of ", plural(len(outcomes), "check"), ", ", _left_open(report), "."
        )
    could_not = [f"{count(n)} {why}" for n, why in ((broken, "failed"), (unknown, "had too little data")) if n]
    if could_not:
        return say(f"Not judged: of {plural(len(outcomes), 'check')}, {' and '.join(could_not)}.")
    if status(report) is Status.unknown:
        return say("Nothing was judged in this window.")
    is_partly = any(each.unknown or each.errors for each in outcomes) or any(_untold(report))
    return say("No drift in what could be judged." if is_partly else "Nothing moved beyond its limit.")


def _is_without_reference(report: DriftReport) -> bool:
    """Whether that the reference has no rows is all there is to say, as in a log's first window."""
    answered = any(each.answered for each in report.of_rows.values())
    return report.reference_rows == 0 and report.outcome is Outcome.unknown and not answered


def _shared(reasons: Iterable[str]) -> str | None:
    """The reason that most of them are; None if no more than half of them are alike."""
    ((reason, n),) = (counted := Counter(reasons)).most_common(1)
    return reason if n > counted.total() / 2 else None


def _left_open(report: DriftReport) -> Sentence:
    """Which checks had too little data, and of a single one what for; the section on what was not judged has the reasons."""
    checks = {name: each for name, each in report.of_rows.items() if each.outcome is Outcome.unknown}
    names = [*enumerated(map(Name, checks), most=_MOST_SUBJECTS)]
    answered = any(each.answered for each in checks.values())
    if len(checks) > 1 or not answered:
        return say(*names, " could not judge everything" if answered else " had too little data")
    (only,) = checks.values()
    return say(*names, " could not judge ", *enumerated(map(Name, only.unknown), most=_MOST_SUBJECTS))


def _what_happened(alerts: Sequence[DriftAlert]) -> Sentence:
    """What each subject did, grouped by verb; of many subjects, the first ones and the number of others."""
    did: dict[str, str] = {}
    for each in alerts:
        did.setdefault(subject(each), verb(each))
    shown = list(did) if len(did) <= _MOST_SUBJECTS + 1 else list(did)[:_MOST_SUBJECTS]
    by_verb: dict[str, list[str]] = {}
    for name in shown:
        by_verb.setdefault(did[name], []).append(name)
    left = [name for name in did if name not in shown]
    if left:
        verbs = {did[name] for name in left}
        theirs = verbs.pop() if len(verbs) == 1 else "changed"
        by_verb[theirs] = [*by_verb.pop(theirs, []), f"{count(len(left))} more"]
    clauses = [say(enumerated(names, most=len(names)), f" {done}") for done, names in by_verb.items()]
    last = ", and " if any(len(names) > 1 for names in by_verb.values()) else " and "
    joints = ["", *[", "] * (len(clauses) - 2), last][: len(clauses)]
    return say(*(part for joint, clause in zip(joints, clauses, strict=True) for part in (joint, clause)))


def not_judged(report: DriftReport) -> list[Sentence]:
    """A line for each part of the log that was not read, and for each reason why something could not be judged, with
    the check and the subjects."""
    return [*map(say, report.unread), *_unanswered(report)]


def _unanswered(report: DriftReport) -> list[Sentence]:
    if report.current_rows == 0:
        return [say("Nothing else could be judged: the window has no rows.")]
    if _is_without_reference(report):
        return [say("Nothing could be judged: the reference has no rows.")]
    open_questions: dict[_Question, list[Name]] = {}
    for check, outcome in report.outcomes.items():
        for question in _open(check, outcome):
            open_questions.setdefault(question, []).append(Name(check))
    lines = []
    for (how, subjects, why), checks in _told_once(open_questions).items():
        whom = [" on " if how == _BROKE else " ", *enumerated(map(Name, subjects))] if subjects else []
        lines.append(say(enumerated(checks, most=_MOST_CHECKS), f" {how}", whom, f": {_ended(why)}"))
    return lines + [
        say(enumerated(names), f" could not be judged: {_ended(why)}") for why, names in _by_reason(_untold(report))
    ]


def _told_once(questions: Mapping[_Question, list[Name]]) -> dict[_Question, list[Name]]:
    """The questions and the checks that left each open; a reason that many share is about none of their subjects, so it
    is told once, of the checks alone."""
    shared = Counter((how, why) for how, _, why in questions)
    found: dict[_Question, list[Name]] = {}
    for (how, subjects, why), checks in questions.items():
        named = () if shared[how, why] > _MOST_ALIKE else subjects
        found.setdefault((how, named, why), []).extend(checks)
    return {question: list(dict.fromkeys(checks)) for question, checks in found.items()}


def _untold(report: DriftReport) -> dict[str, str]:
    """The features that were not judged although no check's outcome says so, with the reasons."""
    told = {name for outcome in report.outcomes.values() for name in (*outcome.unknown, *outcome.errors)}
    features = report.feature_report
    return {name: why for name, why in features.unknown.items() if name not in told} if features else {}


def _open(check: str, outcome: CheckOutcome) -> Iterable[_Question]:
    """What a check did not answer: whether it broke or could not judge, the subjects, and the reason."""
    if outcome.outcome is Outcome.error and not outcome.errors:
        yield _BROKE, (), outcome.reason
    if outcome.outcome is Outcome.unknown and not outcome.unknown:
        yield _UNANSWERED, (), outcome.reason
    for how, reasons in ((_UNANSWERED, outcome.unknown), (_BROKE, outcome.errors)):
        for why, subjects in _by_reason(reasons):
            yield how, () if subjects == [check] else tuple(subjects), why


def ten_lines(
    report: DriftReport, *, location: str | None = None, badge: str = "", also_found: Sequence[DriftAlert] = ()
) -> str:
    """The message for the person on call, at most ten lines of plain text.

    It says what moved, by how much, for whom and since when, and gives the ``location`` of the whole report.

    Args:
        badge: what the message begins with; default: the status of the report.
        also_found: further alerts of the window, which are no news.
    """
    place = f"{Name(report.monitor).shown}: " if report.monitor else ""
    lines = [f"[{badge or status(report)}] {place}{headline(report)}"]
    if report.current_window:
        lines.append(f"Window {window(report.current_window)}, {_rows(report.current_rows)}{_against(report)}.")
    groups = grouped(report)
    room = _MOST_ALERTS - min(len(groups), _MOST_ALERTS)
    for alerts in groups[:_MOST_ALERTS]:
        lead = alerts[0]
        apart = [each for each in alerts[1:] if each.trigger is not lead.trigger][:room]
        room -= len(apart)
        others = str(together([each for each in alerts if each not in apart]))
        lines.append(" ".join([f"{lead.severity.capitalize()}: {alert_sentence(lead)}", *filter(None, [others])]))
        lines += [f"{each.severity.capitalize()}, with it: {alert_sentence(each)}" for each in apart]
    if len(groups) > _MOST_ALERTS:
        left = [alert for alerts in groups[_MOST_ALERTS:] for alert in alerts]
        subjects = dict.fromkeys(map(subject, left))
        lines.append(f"{plural(len(left), 'more alert')}: {_plain(enumerated(subjects, most=6))}.")
    if also_found:
        lines.append(f"Also found: {_what_happened(also_found)}.")
    silent = not_judged(report)
    if silent or report.missing_partitions:
        missing = plural(len(report.missing_partitions), "partition is missing", "partitions are missing")
        more = f" And {count(len(silent) - 1)} more." if len(silent) > 1 else ""
        told = [shortened(str(each), 320) + more for each in silent[:1]]
        lines.append(f"Not judged: {' '.join([*told, f'{missing}.'] if report.missing_partitions else told)}")
    return "\n".join([*lines, *([f"Report file: {location}"] if location else [])])


def _rows(rows: int | None) -> str:
    return "row count unknown" if rows is None else plural(rows, "row")


def _against(report: DriftReport) -> str:
    return (
        f", against {window(report.reference_window)}, {_rows(report.reference_rows)}"
        if report.reference_window
        else ""
    )


def _plain(sentence: Sentence) -> str:
    return "".join(part.plain if isinstance(part, Name) else part for part in sentence)


def _by_reason(reasons: dict[str, str]) -> Iterable[tuple[str, list[Name]]]:
    """The names grouped by reason, so that 500 columns with the same problem take one line, even where the reason names the
    column; it is then told of the first."""
    grouped: dict[str, list[str]] = {}
    for name, why in reasons.items():
        grouped.setdefault(_GUESS.sub("", why).replace(repr(name), ""), []).append(name)
    for names in grouped.values():
        why = reasons[names[0]]
        alike = all(reasons[each] == why for each in names)
        yield why if alike else f"of the first, {why}", [Name(each) for each in names]


def _ended(reason: str) -> str:
    return f"{spaced(reason).rstrip('. ') or 'no reason was given'}."


def _something_was_judged(report: DriftReport) -> bool:
    if report.outcomes:
        return True
    features = report.feature_report.results if report.feature_report else []
    reject, entropy, classes = report.reject_rate_drift, report.entropy_drift, report.class_shift
    return any(
        value is not None
        for value in (
            *(each.psi if each.psi is not None else each.ks_statistic for each in features),
            reject and reject.increase,
            entropy and entropy.ratio,
            classes and classes.max_shift,
        )
    )
