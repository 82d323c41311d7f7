"""The head of a report on two sets of files: what was compared, and what each column was taken for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from rich.text import Text

from windage.cli.columns import MEANINGS, Reading
from windage.errors import listed
from windage.masking import without_secrets
from windage.reports.formats import plural, shortened
from windage.vocabulary import DriftReport


def facts(args: argparse.Namespace, found: Reading, report: DriftReport) -> list[tuple[str, Text]]:
    """Lines for the head of the report."""
    lines = [
        ("reference", _window(args.reference, report.reference_rows)),
        ("current", _window(args.current, report.current_rows)),
        ("columns", _columns(found)),
    ]
    if found.only_current:
        new = f"{shortened(listed(found.only_current), 200)} (only in the current window, not compared)"
        lines.append(("new", Text(new)))
    if found.not_numeric:
        lines.append(("left out", Text(f"{shortened(listed(found.not_numeric), 200)} (not numeric, not compared)")))
    return lines


def _window(place: str, rows: int | None) -> Text:
    return Text.assemble(shortened(without_secrets(place), 200), (f"  {plural(rows or 0, 'row')}", "bold"))


def _columns(found: Reading) -> Text:
    """The column of each meaning, and whether it was guessed; if all were guessed, this is said once."""
    told = {field for field in {"numeric", *MEANINGS} - found.guessed if getattr(found.log, field)}
    said = [part for parts in _meanings(found, mixed=bool(told)) for part in (*parts, "; ")][:-1]
    return Text.assemble(*said, "" if told else (" (guessed from their names)", "dim"))


def _meanings(found: Reading, *, mixed: bool) -> Iterator[list[tuple[str, str] | str]]:
    log = found.log
    count = plural(len(log.numeric), "numeric feature")
    yield [count, _how(guessed=mixed and "numeric" in found.guessed)]
    for field in MEANINGS:
        value = getattr(log, field)
        if not value:
            yield [f"no {field}"]
            continue
        names = value if isinstance(value, str) else ", ".join(value)
        yield [f"{field} ", (shortened(names, 80), "cyan"), _how(guessed=mixed and field in found.guessed)]


def _how(*, guessed: bool) -> tuple[str, str]:
    return (" (guessed)" if guessed else "", "dim")
