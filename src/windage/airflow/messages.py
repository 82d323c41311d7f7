"""What the person on call is told, as text for people and as facts for machines."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from windage.vocabulary import Window

if TYPE_CHECKING:
    from windage.vocabulary import DriftReport

log = logging.getLogger(__name__)

Wording = Callable[..., str]

_LONGEST_SUBJECT = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """``text`` stands alone; ``facts`` travel beside it in a webhook's JSON, ``key`` there being the same for repeats."""

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        first = self.text.splitlines()[0]
        return first if len(first) <= _LONGEST_SUBJECT else f"{first[: _LONGEST_SUBJECT - 1]}…"


def drift_message(report: DriftReport, *, location: str) -> Message:
    """What moved, by how much, for whom, since when, and where the report is: ten lines."""
    facts = {"event": "drift", "outcome": report.outcome.value, "critical": report.any_critical, "report": location}
    return Message(
        text=in_words(report, location=location),
        facts=facts | _identity("drift", report.monitor, report.current_window),
    )


def in_words(report: DriftReport, *, location: str | None = None, by: Wording | None = None) -> str:
    """The report in ten lines; should the wording break on it, its bare facts: a page is sent whatever happens."""
    from windage.reports.sentences import ten_lines

    try:
        return (by or ten_lines)(report, location=location)
    except Exception:  # the last place before a person: an unreadable page is better than none
        log.exception("the report could not be put into words")
        word = "Critical" if report.any_critical else report.outcome.value.capitalize()
        lines = [f"[{word}] {report.monitor}: {report.summary}", f"Window {report.current_window}."]
        return "\n".join([*lines, *([f"Report: {location}"] if location else [])])


def broken_message(
    *, monitor: str, window: Window | None, run_id: str, task: str | None, reason: str, report: DriftReport | None
) -> Message:
    """That the monitor itself failed. ``report`` is the verdict this run had reached before, if it had."""
    lines = [
        f"[Broken] {monitor}: the monitor itself failed"
        + ("; its verdict stands." if report else ", so there is no verdict."),
        f"Window {window}." if window else "Its window is not known.",
        f"Task {task} failed." if task else f"Airflow says: {reason}.",
        f"Run {run_id}.",
    ]
    if report is None:
        lines.append("Silence is not health: until it is repaired, nobody knows whether anything drifted.")
    else:
        lines += ["What was found before it failed:", *in_words(report).splitlines()[:4]]
    facts = {"event": "broken", "task": task, "reason": reason, "run": run_id}
    return Message(text="\n".join(lines), facts=facts | _identity("broken", monitor, window))


def _identity(event: str, monitor: str | None, window: Window | None) -> dict[str, Any]:
    document = window.model_dump(mode="json") if window else {"start": None, "end": None}
    return {
        "monitor": monitor,
        "window_start": document["start"],
        "window_end": document["end"],
        "key": f"windage/{monitor}/{event}/{document['end']}",
    }
