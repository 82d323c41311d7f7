"""Terminal output: a console, tables, small bars, and names from the data made safe to print."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from windage.reports.formats import clean, shortened
from windage.reports.sentences.text import Name, Sentence, Who

STYLES = {
    "critical": "bold red",
    "warning": "yellow",
    "ok": "green",
    "unknown": "magenta",
    "error": "bold magenta",
}
MARKS = {"critical": "▲", "warning": "△", "ok": "✓", "unknown": "?", "error": "✗"}
WIDE = 100
"""Terminal width from which a table shows more columns."""

_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_HEIGHTS = " ▁▂▃▄▅▆▇█"


class Screen(Console):
    """A console that prints text as it is: a column's name is never read as markup or emoji."""

    def __init__(self, *, error: bool = False) -> None:
        super().__init__(stderr=error, highlight=False, markup=False, emoji=False)

    def say(self, *parts: Text | str | tuple[str, str]) -> None:
        """Print one line that only the terminal wraps, so that paths and locations stay whole in a pipe."""
        self.print(Text.assemble(*parts), soft_wrap=True)


def print_error(error: Exception) -> None:
    screen = Screen(error=True)
    for line in str(error).splitlines():
        screen.say(Text("windage: ", style="bold red"), Text(clean(line), style="red"))


def mark(word: str) -> Text:
    return Text(MARKS[word], style=STYLES[word])


def name(text: str, *, most: int = 40, style: str = "") -> Text:
    """The name of a column, class or user, safe to print; a long one is cut."""
    return Text(shortened(text, most) or "(no name)", style=style)


def words(sentence: Sentence) -> Text:
    """A sentence with its names in bold, except those of users."""
    said = Text()
    for place, part in enumerate(sentence):
        if isinstance(part, Name):
            said.append(part.shown, style="" if isinstance(part, Who) else "bold")
        else:
            told = clean(part)
            said.append(told if place else told[:1].upper() + told[1:])
    return said


def table(*headers: str, right: Sequence[str] = ()) -> Table:
    """A table with a line under its header. Columns named in ``right`` are right-aligned; a blank header stays empty."""
    made = Table(
        box=box.SIMPLE_HEAD,
        border_style="dim",
        header_style="bold",
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    for header in headers:
        made.add_column(header.strip(), justify="right" if header in right else "left", no_wrap=header in right)
    return made


def grid(*rows: tuple[Text | str, Text | str]) -> Table:
    """A grid of two columns: a title and its text."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def bar(share: float, cells: int) -> str:
    """A horizontal bar of at most ``cells`` characters; a share above 0 is always visible."""
    eighths = round(min(max(share, 0.0), 1.0) * cells * 8)
    if share > 0:
        eighths = max(eighths, 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def shape(shares: Sequence[float], cells: int) -> str:
    """A histogram in at most ``cells`` characters; neighbouring bars are pooled to fit."""
    width = -(-len(shares) // cells) if shares else 1
    pooled = [sum(shares[start : start + width]) for start in range(0, len(shares), width)]
    top = max(pooled, default=0.0)
    steps = len(_HEIGHTS) - 1
    heights = [0 if each <= 0 or not top else max(1, round(min(each / top, 1.0) * steps)) for each in pooled]
    return "".join(_HEIGHTS[height] for height in heights)
