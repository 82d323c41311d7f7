"""Where reports are kept: one folder per monitor and window, on a disk or in an object store."""

from __future__ import annotations

import re
from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path

from windage.errors import CorruptDocument, InvalidInput
from windage.files import exists, filesystem_of, join, local_path, read_bytes, refusals_told, write_atomically
from windage.locks import alone_at
from windage.reports.document import from_json, to_json
from windage.vocabulary import Document, DriftReport, Outcome, Window, aware_utc

_MONITOR = re.compile(r"\w[\w.-]{0,249}")
_FOLDER = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)(?:-(\d\d(?:\.\d{6})?))?Z")
_LONGEST_SUMMARY = 500


class ReportReference(Document):
    """A summary of a report and the locations of its documents, small enough for XCom."""

    monitor: str
    window: Window
    report_json: str
    report_html: str
    report_markdown: str
    outcome: Outcome
    is_judged: bool
    any_critical: bool
    n_alerts: int
    summary: str


class ReportStore:
    """The reports under one location, a path or any fsspec URL. Writing a window again replaces its report.

    Of windows that end at the same time, as after a change of the schedule, the first has the folder of that time, and each
    other one of its own.
    """

    def __init__(self, location: str | Path) -> None:
        self.location = str(location) or "."

    def __repr__(self) -> str:
        return f"ReportStore({self.location!r})"

    def directory(self, monitor: str, window_end: datetime) -> str:
        """``<location>/<monitor>/<window end>``, such as ``reports/flights/2013-03-09T00-00Z``.

        Raises:
            InvalidInput: the monitor's name could lead out of the location.
        """
        return join(self._home(monitor), _folder(window_end))

    def write(self, report: DriftReport) -> ReportReference:
        """Write the JSON, then its views."""
        self.write_json(report)
        return self.write_views(report)

    def write_json(self, report: DriftReport) -> ReportReference:
        """Write the JSON, whole or not at all. ``write_views`` writes the views that the reference names.

        Raises:
            InvalidInput: the report names no monitor or window, or cannot be written as JSON.
            StoreUnavailable: the store refused; what was there before is intact.
        """
        reference, content = self.reference(report), to_json(report)
        first = self.directory(reference.monitor, reference.window.end)
        with nullcontext() if exists(reference.report_json) else alone_at(first):  # nobody else takes the same folder
            reference = self.reference(report)
            write_atomically(reference.report_json, content)
        return reference

    def write_views(self, report: DriftReport) -> ReportReference:
        """Write the Markdown and the page beside the JSON."""
        from windage.reports.html import render_html
        from windage.reports.markdown import render_markdown

        reference = self.reference(report)
        write_atomically(reference.report_markdown, render_markdown(report).encode())
        write_atomically(reference.report_html, render_html(report).encode())
        return reference

    def reference(self, report: DriftReport) -> ReportReference:
        """The reference to this report, whether it is written yet or not."""
        if report.monitor is None or report.current_window is None:
            raise InvalidInput(
                "the report has no monitor or no window, which the store needs. "
                "Set both, or write it to a path of your own with write_drift_report."
            )
        place = self._place(report.monitor, report.current_window)
        summary = report.summary
        return ReportReference(
            monitor=report.monitor,
            window=report.current_window,
            report_json=join(place, "drift_report.json"),
            report_html=join(place, "drift_report.html"),
            report_markdown=join(place, "drift_report.md"),
            outcome=report.outcome,
            is_judged=report.is_judged,
            any_critical=report.any_critical,
            n_alerts=len(report.alerts),
            summary=summary if len(summary) <= _LONGEST_SUMMARY else f"{summary[: _LONGEST_SUMMARY - 1]}…",
        )

    def read(self, monitor: str, window_end: datetime) -> DriftReport | None:
        """The report of the window that ends at ``window_end``, the first of several; None if there is none.

        Raises:
            CorruptDocument: the file is not a report; it is left untouched.
            StoreUnavailable: the store did not answer.
        """
        return _read(self.directory(monitor, window_end))

    def read_window(self, monitor: str, window: Window) -> DriftReport | None:
        """The report of exactly this window; None if there is none.

        Raises:
            CorruptDocument: the file is not a report; it is left untouched.
            StoreUnavailable: the store did not answer.
        """
        return _read(self._place(monitor, window))

    def location_of(self, monitor: str, window: Window) -> str:
        """Where the JSON of a window's report is, whether it is written yet or not."""
        return join(self._place(monitor, window), "drift_report.json")

    def _place(self, monitor: str, window: Window) -> str:
        """The folder of a window's report, whether it is written yet or not."""
        place = self.directory(monitor, window.end)
        with suppress(CorruptDocument):
            first = _read(place)
            if first is not None and first.current_window not in (None, window):
                return f"{place}_from_{_folder(window.start)}"
        return place

    def latest(self, monitor: str) -> DriftReport | None:
        """The report of the newest window that has one; None if there is none."""
        return next((found for end in reversed(self.list(monitor)) if (found := self.read(monitor, end))), None)

    def list(self, monitor: str) -> tuple[datetime, ...]:
        """The ends of the windows that have a folder, oldest first."""
        names = _names(self._home(monitor))
        return tuple(sorted(end for name in names if (end := _window_end(name)) is not None))

    def _home(self, monitor: str) -> str:
        if not _MONITOR.fullmatch(monitor):
            raise InvalidInput(
                f"{monitor!r} is not a valid name for a monitor's folder. Use letters, digits, '_', '-' and '.', "
                "beginning with a letter, a digit or '_'."
            )
        return join(self.location, monitor)


def _read(folder: str) -> DriftReport | None:
    location = join(folder, "drift_report.json")
    content = read_bytes(location)
    return None if content is None else from_json(content, location=location)


def _folder(moment: datetime) -> str:
    """The moment without colons, which some stores refuse; with seconds only if they are not 0."""
    end = aware_utc(moment)
    seconds = f"-{end:%S}" if end.second or end.microsecond else ""
    fraction = f".{end:%f}" if end.microsecond else ""
    return f"{end:%Y-%m-%dT%H-%M}{seconds}{fraction}Z"


def _window_end(folder: str) -> datetime | None:
    found = _FOLDER.fullmatch(folder)
    if found is None:
        return None
    day, hour, minute, second = found.groups()
    try:
        return datetime.fromisoformat(f"{day}T{hour}:{minute}:{second or '00'}+00:00")
    except ValueError:
        return None


def _names(location: str) -> list[str]:
    """The names in a folder; none if the folder does not exist.

    Raises:
        StoreUnavailable: the folder cannot be listed.
    """
    path = local_path(location)
    with suppress(FileNotFoundError), refusals_told(location, "listed"):
        if path is not None:
            return [each.name for each in path.iterdir()] if path.is_dir() else []
        filesystem, key = filesystem_of(location)
        filesystem.invalidate_cache()
        return [str(each).rstrip("/").rpartition("/")[2] for each in filesystem.ls(key, detail=False)]
    return []
