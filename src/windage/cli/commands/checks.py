"""List the checks, or explain one of them."""

from __future__ import annotations

import argparse
import inspect
from typing import TYPE_CHECKING, Any

from windage.cli.exit_codes import OF_A_TASK, QUIET
from windage.cli.output import print_json

if TYPE_CHECKING:
    from windage.checks.check import Check, Gate

EXIT_CODES = OF_A_TASK
_BOUNDS = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above", "exclusiveMaximum": "below"}
_NO_LIMITS = "reported, never alerts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="check to explain, with its settings")
    parser.add_argument("--json", action="store_true", help="print only JSON")


def run(args: argparse.Namespace) -> int:
    from windage.checks import discovered
    from windage.spec.choice import known_check

    chosen = [check for _, check in sorted(discovered().items())] if args.name is None else [known_check(args.name)]
    told = [_as_document(check) for check in chosen]
    if args.json:
        print_json(told[0] if args.name else told)
    elif args.name:
        _print_one(told[0])
    else:
        _print_all(told)
    return QUIET


def _as_document(check: type[Check]) -> dict[str, Any]:
    from pydantic import TypeAdapter

    from windage.policy import PRESETS

    policies = [preset() for preset in PRESETS.values()]
    doc = inspect.getdoc(check) or ""
    return {
        "name": check.name,
        "question": doc.partition("\n")[0],
        "about": " ".join(doc.partition("\n")[2].split()),
        "needs": check.needs,
        "limits": {
            policy.name: [_limit(gate, policy.level(check, gate)) for gate in policy.gates(check())]
            for policy in policies
            if policy.asks(check)
        },
        "settings": TypeAdapter(check).json_schema().get("properties", {}),
    }


def _limit(gate: Gate, level: float | None) -> dict[str, Any]:
    """The gate as a document; ``level`` is the adjusted p-value below which it opens, None if it needs none."""
    return {
        "statistic": gate.statistic,
        "side": gate.side,
        "limit": gate.limit,
        "severity": gate.severity,
        "trigger": gate.trigger.value,
        "adjusted_p_below": level,
    }


def _print_all(checks: list[dict[str, Any]]) -> None:
    from rich.text import Text

    from windage.cli.views.screen import Screen, table

    screen = Screen()
    made = table("Check", "Needs", "Question, and default limits per policy")
    made.columns[0].no_wrap = made.columns[1].no_wrap = True
    for each in checks:
        limits = [
            (f"\n{policy}: {'; '.join(map(_words, found)) or _NO_LIMITS}", "dim")
            for policy, found in each["limits"].items()
        ]
        made.add_row(each["name"], each["needs"], Text.assemble(each["question"], *limits))
    screen.print(made)
    screen.say(("\nRun windage checks NAME for details.", "dim"))


def _print_one(check: dict[str, Any]) -> None:
    from rich.text import Text

    from windage.cli.views.screen import Screen, grid

    screen = Screen()
    screen.print(Text.assemble((check["name"], "bold"), "  ", check["question"]))
    screen.print(Text(f"\n{check['about']}\n") if check["about"] else "")
    rows = [("needs", check["needs"])]
    for policy, limits in check["limits"].items():
        rows += [("" if n else policy, told) for n, told in enumerate(map(_words, limits))] or [(policy, _NO_LIMITS)]
    screen.print(grid(*rows))
    screen.print()
    if not check["settings"]:
        screen.print("No settings.")
        return
    screen.print(Text("Settings in the monitor file", style="bold"))
    screen.print(grid(*((name, _setting(each)) for name, each in check["settings"].items())))


def _words(limit: dict[str, Any]) -> str:
    level = "" if limit["adjusted_p_below"] is None else f", p below {limit['adjusted_p_below']:g}"
    return f"{limit['severity']}: {limit['statistic']} {limit['side']} {limit['limit']:g}{level}"


def _setting(setting: dict[str, Any]) -> str:
    bounds = [f"{word} {setting[key]:g}" for key, word in _BOUNDS.items() if key in setting]
    facts = "; ".join([f"default {setting.get('default')!r}", ", ".join([str(setting.get("type", "any")), *bounds])])
    return f"{setting.get('description', '')} ({facts})".strip()
