"""A report in a terminal: the verdict, what moved, the other checks, and what was not judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from windage.cli.exit_codes import BROKEN, of_report
from windage.cli.views.feature_table import feature_table
from windage.cli.views.outcome_table import outcome_table
from windage.cli.views.screen import STYLES, Screen, grid, mark, words
from windage.reports.sentences.detectable import not_asked
from windage.reports.sentences.report import Status, headline, not_judged, status
from windage.vocabulary import DriftReport

_BADGES = {
    Status.critical: STYLES["critical"],
    Status.warning: "bold yellow",
    Status.ok: "bold green",
    Status.unknown: "bold magenta",
    Status.error: STYLES["error"],
}


def print_report(
    report: DriftReport,
    facts: Iterable[tuple[str, Text]],
    *,
    written: Sequence[str] = (),
    is_kept: bool = True,
    seconds: float,
) -> None:
    """Print the whole report to stdout.

    Args:
        facts: titles and texts about what was compared.
        written: locations of the report's documents.
        is_kept: whether all documents could be written.
    """
    screen = Screen()
    badge = status(report)
    screen.print(Text.assemble((badge.value.upper(), _BADGES[badge]), "  ", words(headline(report))))
    screen.print()
    screen.print(grid(*facts))
    features, others = feature_table(report, width=screen.width), outcome_table(report)
    if features is not None:
        screen.print()
        screen.print(features)
    if others.row_count:
        screen.print()
        screen.print(others)
    _print_not_judged(screen, report)
    screen.print()
    if blind := not_asked(report):
        screen.print(*map(words, blind), sep="\n", style="dim")
        screen.print()
    for location in written:
        screen.say(("report  ", "dim"), location)
    screen.say((f"{seconds:.2f} s, exit code {of_report(report) if is_kept else BROKEN}", "dim"))


def _print_not_judged(screen: Screen, report: DriftReport) -> None:
    lines = not_judged(report)
    if not lines:
        return
    screen.print()
    screen.print(Text("Not judged", style="bold"))
    made = Table.grid(padding=(0, 1))
    for line in lines:
        made.add_row(mark("unknown"), words(line))
    screen.print(made)
