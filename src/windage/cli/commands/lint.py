"""Check monitor files.

Prints every error as 'file:line key: what is wrong'. PATH is a YAML file or a
folder of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from windage.cli.exit_codes import BROKEN, QUIET
from windage.errors import SpecError, listed

if TYPE_CHECKING:
    from rich.text import Text

    from windage.spec.model import MonitorSpec

EXIT_CODES = """\
exit codes:
  0  every file is valid
  2  at least one is not"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a monitor's YAML file, or a folder of them")


def run(args: argparse.Namespace) -> int:
    from windage.cli.views.screen import Screen
    from windage.reports.formats import plural

    screen = Screen()
    n_good = n_faults = 0
    names: dict[str, str] = {}
    for path in args.paths:
        for place, spec, faults in _judged(path):
            found = list(faults)
            if spec is not None:
                earlier = names.setdefault(spec.monitor, place)
                if Path(earlier).resolve() != Path(place).resolve():
                    found.append(f"{place} monitor: {spec.monitor!r} is already defined in {earlier}. Rename one.")
            for fault in found:
                screen.say(*_coloured(fault))
            n_faults += len(found)
            if spec is not None and not found:
                n_good += 1
                screen.say(("OK  ", "green"), f"{place}  ", *_description(spec))
    screen.say((f"{plural(n_good, 'file')} valid, {plural(n_faults, 'error')}", "dim"))
    return BROKEN if n_faults else QUIET


def _judged(path: str) -> Iterator[tuple[str, MonitorSpec | None, Iterable[str]]]:
    """Each file with its monitor, or with its faults."""
    from windage.spec.load import load_monitor

    for file in _files(Path(path)):
        try:
            yield str(file), load_monitor(file, name=str(file)), ()
        except SpecError as error:
            yield str(file), None, str(error).splitlines()
    if Path(path).is_dir() and not _files(Path(path)):
        yield path, None, [f"{path} has no .yaml or .yml files. Give the folder with the monitor files."]


def _files(path: Path) -> list[Path]:
    return sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]


def _description(spec: MonitorSpec) -> Iterator[Text | str]:
    from rich.text import Text

    from windage.checks.unusable import reason_of
    from windage.reports.formats import width
    from windage.stats.ordinary import LEAST_DAYS
    from windage.vocabulary import day_or_minute

    asked = spec.checks_to_run()
    checks = ", ".join(check.name for check in asked)
    current = f"{width(spec.current)} on each run of" if spec.current else "each interval of"
    reference = (
        f"the {width(spec.reference.trailing)} before" if spec.reference.trailing else f"{spec.reference.window()}"
    )
    yield Text(spec.monitor, style="bold")
    yield f": policy {spec.policy.name}; {checks}; {current} '{spec.schedule}' compared with {reference}"
    least = timedelta(days=LEAST_DAYS)
    if spec.policy.name == "calibrated" and spec.reference.trailing and spec.reference.trailing < least:
        yield f". That is too little to know how ordinary days vary: give reference.trailing at least {width(least)}"
    if not spec.reference.trailing and (fixed := spec.reference.window()).end > spec.start:
        yield f". Windows that begin before {day_or_minute(fixed.end)} are part of what they are compared with"
    unlimited = [check.name for check in asked if not spec.policy.asks(type(check))]
    if unlimited:
        yield f". The policy {spec.policy.name} has no limits for {listed(unlimited)}, which will never alert"
    for reason in filter(None, (reason_of(type(check)) for check in asked)):
        yield f". One check will fail in every window: {reason.rstrip('.')}"


def _coloured(fault: str) -> tuple[Text, str]:
    from rich.text import Text

    from windage.reports.formats import clean

    where, separator, what = clean(fault).partition(" ")
    return Text(where, style="bold red"), separator + what
