"""Writes reports to the caller's files, in the format of the file extension."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath

from windage.errors import InvalidInput, WindageError
from windage.files import join, write_atomically
from windage.vocabulary import DriftReport


def try_to_write(write: Callable[[], list[str]]) -> tuple[list[str], WindageError | None]:
    """Where a report was written, or the error that prevented it, which is raised only after the verdict is printed."""
    try:
        return write(), None
    except WindageError as error:
        return [], error


def write_report(report: DriftReport, place: str) -> list[str]:
    """Write one document, or all three if ``place`` is a folder; returns their locations."""
    ending = PurePath(place).suffix.lower()
    if ending in _OTHER_DOCUMENTS:
        raise InvalidInput(
            f"--report {place}: a report is written as {', '.join(_VIEWS)}, or as all three to a folder; got {ending}."
        )
    places = [place] if ending in _VIEWS else [join(place, f"drift_report{each}") for each in _VIEWS]
    for each in places:
        write_atomically(each, _VIEWS[PurePath(each).suffix.lower()](report))
    return places


def _json(report: DriftReport) -> bytes:
    from windage.reports.document import to_json

    return to_json(report)


def _html(report: DriftReport) -> bytes:
    from windage.reports.html import render_html

    return render_html(report).encode()


def _markdown(report: DriftReport) -> bytes:
    from windage.reports.markdown import render_markdown

    return render_markdown(report).encode()


_OTHER_DOCUMENTS = frozenset(
    {".csv", ".doc", ".docx", ".htm", ".parquet", ".pdf", ".png", ".svg", ".txt", ".xlsx", ".xml", ".yaml", ".yml"}
)
_VIEWS: Mapping[str, Callable[[DriftReport], bytes]] = {".json": _json, ".html": _html, ".md": _markdown}
