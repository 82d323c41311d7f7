"""The results as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from score import Outcome, Quiet, Score, hits, outcome
from stream import Run

from faults import FAULTS

SINGLE_DAY_OFF = "outage and recovery"
MOST_LISTED = 30


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *rows)]
    return "\n".join(lines)


def percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}".removesuffix(".0")


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def report(runs: Sequence[Run]) -> str:
    """Every policy's tables."""
    policies = list(dict.fromkeys(run.policy for run in runs))
    return "\n\n".join(_of_policy(policy, [run for run in runs if run.policy == policy]) for policy in policies)


def _of_policy(policy: str, runs: Sequence[Run]) -> str:
    broken = [run for run in runs if run.fault is not None]
    parts = [
        f"## `{policy}`",
        summary(runs),
        "### Quiet days, per 90",
        quiet_table([run for run in runs if run.fault is None]),
    ]
    if broken:
        parts += ["### Faults, where they are due", fault_table(broken)]
        parts += ["### Share seen in time, by world (in brackets: not due there)", world_table(broken)]
        parts += [f"### What went wrong, at most {MOST_LISTED} of each", failures(broken)]
    return "\n\n".join([*parts, cost(runs)])


def summary(runs: Sequence[Run]) -> str:
    """The targets' own figures."""
    quiet = Quiet.of([run for run in runs if run.fault is None])
    due = [run for run in runs if run.fault is not None and run.is_due]
    score = Score.of([outcome(run) for run in due])
    rows = [
        ["quiet windows with any alert, %", percent(quiet.alert_days / max(quiet.days, 1)), "≤ 0.5"],
        ["quiet streams with any alert, %", percent(quiet.runs_alerting / max(quiet.runs, 1)), ""],
        ["quiet streams with a page, %", percent(quiet.runs_paging / max(quiet.runs, 1)), "0"],
        ["alerts per 30 quiet days", number(quiet.per_period(quiet.alerts) / 3), "≤ 1"],
        ["pages per 30 quiet days", number(quiet.per_period(quiet.criticals) / 3), "0"],
        ["due faults seen in time, %", percent(score.seen), "≥ 98.5"],
        ["of those that stay, told to somebody (a page, or two of three windows), %", percent(score.opened), ""],
        ["feature precision / recall, %", f"{percent(score.precision)} / {percent(score.recall)}", "≥ 98"],
        ["user precision / recall, %", f"{percent(score.user_precision)} / {percent(score.user_recall)}", "≥ 98"],
        ["root cause right, %", percent(score.cause), "≥ 98"],
        ["severity right, %", percent(score.severity), "≥ 99"],
        ["silence kept where nothing matters, %", percent(score.silence), ""],
        ["unrelated alerts per fault", number(score.unrelated), ""],
    ]
    for name in ("gradual 1.2 sd in 30 days", "step .6 sd", SINGLE_DAY_OFF):
        of = Score.of([outcome(run) for run in due if run.fault is not None and run.fault.name == name])
        target = {"gradual 1.2 sd in 30 days": "≤ 8", "step .6 sd": "1", SINGLE_DAY_OFF: "1"}[name]
        rows.append([f"{name}: day seen, median / slowest", f"{number(of.delay)} / {number(of.slowest)}", target])
        if name == SINGLE_DAY_OFF:
            rows.append(["days with alerts from the second day after an outage, of 13", number(of.storm), "0"])
    return table(["", "found", "target"], rows)


def quiet_table(runs: Sequence[Run]) -> str:
    worlds = list(dict.fromkeys(run.world.name for run in runs))
    rows = []
    for name in [*worlds, "all"]:
        quiet = Quiet.of([run for run in runs if name in (run.world.name, "all")])
        rows.append(
            [
                name,
                str(quiet.runs),
                number(quiet.per_period(quiet.alerts)),
                number(quiet.per_period(quiet.alert_days)),
                number(quiet.per_period(quiet.criticals)),
                percent(quiet.runs_alerting / quiet.runs),
                percent(quiet.runs_paging / quiet.runs),
                str(quiet.unknown),
                str(quiet.errors),
                ", ".join(f"{trigger} {count}" for trigger, count in quiet.triggers.most_common(4)),
            ]
        )
    heads = ["world", "runs", "alerts", "alert days", "criticals", "% runs alerting", "% runs paging", "unknown"]
    return table([*heads, "errors", "alerts by trigger"], rows)


FAULT_COLUMNS: Sequence[tuple[str, Callable[[Score], str]]] = (
    ("runs", lambda score: str(score.runs)),
    ("seen %", lambda score: percent(score.seen)),
    ("day, median", lambda score: number(score.delay)),
    ("slowest", lambda score: number(score.slowest)),
    ("severity %", lambda score: percent(score.severity)),
    ("cause %", lambda score: percent(score.cause)),
    ("features P", lambda score: percent(score.precision)),
    ("R", lambda score: percent(score.recall)),
    ("users P", lambda score: percent(score.user_precision)),
    ("users R", lambda score: percent(score.user_recall)),
    ("unrelated", lambda score: number(score.unrelated)),
    ("silence %", lambda score: percent(score.silence)),
)


def fault_table(runs: Sequence[Run]) -> str:
    rows = []
    for name in FAULTS:
        due = _outcomes(runs, name)
        if due:
            score = Score.of(due)
            rows.append([name, *(show(score) for _, show in FAULT_COLUMNS)])
    return table(["fault", *(head for head, _ in FAULT_COLUMNS)], rows)


def _outcomes(runs: Sequence[Run], fault: str) -> list[Outcome]:
    return [outcome(run) for run in runs if run.fault is not None and run.fault.name == fault and run.is_due]


def world_table(runs: Sequence[Run]) -> str:
    worlds = list(dict.fromkeys(run.world.name for run in runs))
    rows = []
    for name in [each for each in FAULTS if any(run.fault and run.fault.name == each for run in runs)]:
        cells = [name]
        for world in worlds:
            here = [run for run in runs if run.fault and run.fault.name == name and run.world.name == world]
            due = [outcome(run) for run in here if run.is_due]
            other = [outcome(run) for run in here if not run.is_due]
            shown = [_seen(due), f"({_seen(other)})" if other else ""]
            cells.append(" ".join(filter(None, shown)))
        rows.append(cells)
    return table(["fault", *worlds], rows)


def _seen(outcomes: Sequence[Outcome]) -> str:
    """Where an alert is right: share seen in time. Where silence is: share that stayed silent, marked s."""
    score = Score.of(outcomes)
    return percent(score.seen) if score.silence is None else f"{percent(score.silence)} s"


def failures(runs: Sequence[Run]) -> str:
    """Due faults that were missed, called wrongly or named wrongly: world and seed, to run that one again."""
    kinds: dict[str, list[str]] = {}
    for run in runs:
        if run.fault is None or run.truth is None or not run.is_due:
            continue
        where, found = f"{run.fault.name} ({run.world.name} {run.seed})", outcome(run)
        day = run.days[(found.seen_after or 1) - 1]
        if found.silence_kept is False:
            kinds.setdefault("not silent", []).append(where)
        elif found.silence_kept is None and not found.is_seen_in_time:
            kinds.setdefault("missed", []).append(where)
        if found.severity_right is False and run.truth.must_alert:
            kinds.setdefault("severity", []).append(f"{where}: {day.severity}")
        if found.cause_right is False and run.truth.must_alert:
            named = sorted({each.trigger for each in day.findings if hits(each, run.truth)})
            kinds.setdefault("cause", []).append(f"{where}: {', '.join(named)}")
    lines = [f"- {kind}, {len(each)}: {'; '.join(each[:MOST_LISTED])}" for kind, each in kinds.items()]
    return "\n".join(lines) or "Nothing."


def cost(runs: Sequence[Run]) -> str:
    days = [day for run in runs for day in run.days]
    judging, profiling = (np.array([getattr(day, name) for day in days]) for name in ("seconds", "profile_seconds"))
    return (
        f"{len(days)} days judged: {1e3 * judging.mean():.1f} ms a day (p99 {1e3 * np.quantile(judging, 0.99):.0f}), "
        f"and {1e3 * profiling.mean():.1f} ms to profile it."
    )
