"""One table per kind of column: numbers with quantiles, categories with their most common values, times with their span."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from windage.cli.column_description import ColumnDescription
from windage.cli.views.screen import WIDE, Screen, name, shape, table
from windage.reports.formats import count, number, percent, plural, shortened

_NAME = 22
_ROOM_FOR_SHAPES = 72


def print_profile(
    columns: Sequence[ColumnDescription], *, place: str, n_files: int, rows: int, resolution: int | None, seconds: float
) -> None:
    screen = Screen()
    files = f", {plural(n_files, 'file')}" if n_files > 1 else ""
    screen.say((shortened(place, 400), "bold"), f"  {plural(rows, 'row')}, {plural(len(columns), 'column')}{files}")
    for kind, tabled in _TABLES.items():
        some = [each for each in columns if each.kind == kind]
        if some:
            screen.print()
            screen.print(tabled(some, screen.width))
    screen.print()
    for each in columns:
        if each.infinite:
            left_out = f": {percent(each.infinite / each.rows)} infinite, excluded from its statistics"
            screen.say(name(each.name, most=_NAME, style="yellow"), (left_out, "yellow"))
    screen.say((f"{_certificate(columns, resolution)}, {seconds:.2f} s", "dim"))


def _numbers(columns: Sequence[ColumnDescription], width: int) -> RenderableType:
    wide = width >= WIDE
    right = ["Missing", "Distinct", "Min", "25 %", "Median", "75 %", "Max", "Mean"]
    shown = right if wide else ["Missing", "Min", "Median", "Max", "Mean"]
    has_shape = width >= _ROOM_FOR_SHAPES
    made = table(*_titles("Number", wide=wide), *shown, *(["Shape"] if has_shape else []), right=right)
    made.columns[0].no_wrap = True
    for each in columns:
        whole = each.type.startswith(("int", "uint"))
        quantiles = each.quantiles or {}
        facts: dict[str, Text | str] = {
            "Missing": _missing(each),
            "Distinct": _distinct(each),
            "Min": _figure(each.minimum, whole=whole),
            "25 %": _figure(quantiles.get("0.25"), whole=whole),
            "Median": _figure(quantiles.get("0.5"), whole=whole),
            "75 %": _figure(quantiles.get("0.75"), whole=whole),
            "Max": _figure(each.maximum, whole=whole),
            "Mean": _figure(each.mean, whole=False),
        }
        row = [*_beginning(each, wide=wide), *(facts[title] for title in shown)]
        made.add_row(*row, *([Text(shape(each.histogram, 12 if wide else 8), style="cyan")] if has_shape else []))
    return made


def _categories(columns: Sequence[ColumnDescription], width: int) -> RenderableType:
    wide = width >= WIDE
    counts = ("Missing", "Distinct")
    made = table(*_titles("Category", wide=wide), *counts, "Most common values", right=counts)
    for each in columns:
        known = each.rows - each.missing
        values = ", ".join(f"{shortened(value, 24)} {percent(n / known)}" for value, n in each.values) or "–"
        made.add_row(*_beginning(each, wide=wide), _missing(each), _distinct(each), values)
    return made


def _times(columns: Sequence[ColumnDescription], width: int) -> RenderableType:
    wide = width >= WIDE
    made = table(*_titles("Time", wide=wide), "Missing", "First (UTC)", "Last", "Span", right=("Missing", "Span"))
    for each in columns:
        ends = (str(each.minimum or "–"), str(each.maximum or "–"))
        made.add_row(*_beginning(each, wide=wide), _missing(each), *map(_short, ends), _span(*ends))
    return made


def _others(columns: Sequence[ColumnDescription], width: int) -> RenderableType:  # noqa: ARG001
    made = table("Other", "Type", "Missing", right=("Missing",))
    for each in columns:
        made.add_row(name(each.name, most=_NAME), shortened(each.type), _missing(each))
    return made


def _titles(kind: str, *, wide: bool) -> list[str]:
    return [kind, "Type"] if wide else [kind]


def _beginning(column: ColumnDescription, *, wide: bool) -> list[Text | str]:
    """The cells below these titles."""
    return [name(column.name, most=_NAME), *([Text(column.type, style="dim")] if wide else [])]


def _missing(column: ColumnDescription) -> Text:
    share = column.missing / column.rows if column.rows else 0.0
    return Text(percent(share) if share else "–", style="yellow" if share else "dim")


def _distinct(column: ColumnDescription) -> str:
    return f"{'' if column.distinct_is_exact else '≥ '}{count(column.distinct)}"


def _figure(value: float | str | None, *, whole: bool) -> str:
    if not isinstance(value, int | float):
        return "–"
    return number(int(value)) if whole and float(value).is_integer() else number(value)


def _short(moment: str) -> str:
    return moment.replace("T", " ").removesuffix("+00:00")[:16]


def _span(first: str, last: str) -> str:
    try:
        width = datetime.fromisoformat(last) - datetime.fromisoformat(first)
    except ValueError:
        return "–"
    hours = width.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"


def _certificate(columns: Sequence[ColumnDescription], resolution: int | None) -> str:
    """How accurate the numbers are."""
    error = max((each.rank_error for each in columns), default=0.0)
    if error == 0:
        return "every number is exact"
    return f"quantiles from {count(resolution)} points per column: ranks accurate to ± {percent(error, 3)}"


_TABLES: dict[str, Callable[[Sequence[ColumnDescription], int], RenderableType]] = {
    "number": _numbers,
    "category": _categories,
    "time": _times,
    "other": _others,
}
