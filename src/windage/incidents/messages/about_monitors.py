"""Messages that a monitor gives no verdict, because it failed or is late, and that it gives verdicts again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from windage.incidents.messages.composing import Source, Topic, composed, in_words
from windage.message import Message
from windage.store.keys import natural_key
from windage.vocabulary import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What broke a monitor's run: a task, with its last error if that is known, or what Airflow gives as the reason.

    ``cleared`` is how often the run was cleared before: a run that fails again after that is news again.
    """

    run_id: str
    task: str | None
    reason: str
    error: str = ""
    cleared: int = 0


def broken_message(source: Source, failure: Failure, *, monitor: str, window: Window | None) -> Message:
    """The message that the monitor itself failed. The source's report, if any, is the verdict that the run reached before."""
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
    return composed(topic, "\n".join(lines), source, facts=facts)


def _what_failed(failure: Failure) -> str:
    if not failure.task:
        return f"Airflow says: {_STOPPED.get(failure.reason, failure.reason)}."
    return f"Task {failure.task} failed." + (f" Last error: {failure.error}" if failure.error else "")


_STOPPED = {
    "timed_out": "the run took too long and was stopped (timed_out)",
    "all_tasks_deadlocked": "no task of the run can start any more (all_tasks_deadlocked)",
}


def late_message(source: Source, *, monitor: str, run_id: str, due: datetime, window: Window | None) -> Message:
    """The message that there is no report although its deadline has passed."""
    lines = [
        f"[Late] {monitor}: no report by {due:%Y-%m-%d %H:%M} UTC.",
        f"Window {window}." if window else "Window unknown.",
        f"Run {run_id} has not finished. Check whether it is waiting for a partition or a worker.",
        "Until it reports, drift goes unnoticed.",
    ]
    return composed(_no_verdict("late", monitor, window, run_id), "\n".join(lines), source, facts={"run": run_id})


def recovered_message(monitor: str, *, of: Message) -> Message:
    """The message that a monitor which was broken or late, as the message ``of`` said, gives verdicts again."""
    return of.model_copy(
        update={
            "event": "resolved",
            "text": f"[Resolved] {monitor}: the monitor reports again.",
            "key": natural_key(of.key, "over"),
            "facts": {**of.facts, "event": "resolved", "key": natural_key(of.key, "over")},
        }
    )


def monitor_incident(monitor: str) -> str:
    """The key that all messages about a monitor without a verdict share; its next verdict ends that incident."""
    return f"windage/{monitor}/no verdict"


def _no_verdict(
    event: Literal["broken", "late"], monitor: str, window: Window | None, run_id: str, cleared: int = 0
) -> Topic:
    """The topic of a run that gives no verdict; every failure after a clearing is a message of its own."""
    key = natural_key(monitor, event, window.end if window else run_id, *([cleared] if cleared else []))
    incident = monitor_incident(monitor)
    return Topic(event=event, severity="critical", monitor=monitor, window=window, incident=incident, key=key)
