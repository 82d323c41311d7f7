"""The history of monitors in SQL; every write takes the place of an earlier one of the same window."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, func, select

from windage.errors import CorruptDocument
from windage.faults import broken_place
from windage.history import measurement_document
from windage.history.cells import CellTable, PackedCells, pack, table
from windage.history.record import Cell, Line, StripWindow, WindowRecord
from windage.history.replay import MeasuredWindow
from windage.spec.model import MonitorSpec
from windage.store.database import Database, newest, upsert
from windage.store.schema import measurements, monitors, windows
from windage.vocabulary import CheckResult, Window, utc_now

log = logging.getLogger(__name__)

KEY = ("monitor", "window_end", "window_start")
_FIELDS = ("monitor", "state", "n_alerts", "rows", "run_id", "headline")
"""The fields of a record that are columns."""
_SPAN = (windows.c.window_start, windows.c.window_end)
_RECORD = (*(windows.c[name] for name in _FIELDS), *_SPAN, windows.c.lines)
_CELLS = (windows.c.subjects, windows.c.effects, windows.c.states)
_NEWEST_FIRST = (windows.c.window_end.desc(), windows.c.window_start.desc())
_OLDEST_FIRST = (measurements.c.window_end, measurements.c.window_start)
_BESIDE_LINES = ("lines", "classes", "wholes", "alerted")
"""The fields of a record that are kept together as JSON, in the column ``lines``."""


class About(BaseModel):
    """What a monitor's file says of it, to be listed."""

    description: str
    owner: str
    tags: tuple[str, ...]


class HistoryStore:
    """For each monitor, its last description, its windows in a few numbers, and all that its checks measured.

    Reports are not here: they are documents, which a ``ReportStore`` keeps.

    Raises:
        CorruptDocument: what was measured, or a monitor's description, can no longer be read.
        StoreUnavailable: the database did not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self,
        record: WindowRecord,
        results: Iterable[CheckResult],
        spec: MonitorSpec,
        *,
        beside: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """Keep a window, what was measured of it, and the monitor as its file described it then.

        Args:
            beside: keeps something else in the same transaction.
        """
        key = {
            "monitor": record.monitor,
            "window_end": record.window.end,
            "window_start": record.window.start,
        }
        row = {
            **key,
            **record.model_dump(include=set(_FIELDS)),
            "inputs": json.dumps({start.isoformat(): fingerprint for start, fingerprint in record.inputs.items()}),
            "lines": json.dumps({name: getattr(record, name) for name in _BESIDE_LINES}),
            **pack(record.cells)._asdict(),
            "written_at": utc_now(),
        }
        tables = [
            {**key, "check_name": each.check, "measured": measurement_document.to_bytes(each)} for each in results
        ]
        about = {"monitor": record.monitor, "spec": spec.model_dump_json(), "written_at": utc_now()}
        with self._database.writing() as connection:
            if record.run_id is None:  # not judged by a run of the monitor's own: it stays the window of the run before
                row["run_id"] = connection.scalar(
                    select(windows.c.run_id).where(*(windows.c[k] == key[k] for k in KEY))
                )
            upsert(connection, windows, [row], on=KEY)
            upsert(connection, measurements, tables, on=("check_name", *KEY))
            upsert(connection, monitors, [about], on=("monitor",))
            beside(connection)

    def specs(self, among: Collection[str] | None = None) -> dict[str, MonitorSpec]:
        """The monitors that have a history, by name, as their files last described them. Those that cannot be used here are left
        out and named in the log."""
        found = {}
        for name, text in self._specs(among):
            try:
                found[name] = _spec(name, text)
            except CorruptDocument as error:
                log.error("%s", error)  # noqa: TRY400 — the sentence says it all
        return found

    def about(self, among: Collection[str] | None = None) -> dict[str, About]:
        """What the files of the monitors that have a history say of them, by the monitor's name."""
        return {name: About.model_validate_json(text) for name, text in self._specs(among)}

    def _specs(self, among: Collection[str] | None) -> list[tuple[str, str]]:
        query = select(monitors.c.monitor, monitors.c.spec).order_by(monitors.c.monitor)
        if among is not None:
            query = query.where(monitors.c.monitor.in_(among))
        with self._database.reading() as connection:
            return [(name, text) for name, text in connection.execute(query)]

    def names(self) -> list[str]:
        """The monitors that have a history."""
        query = select(monitors.c.monitor).order_by(monitors.c.monitor)
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def spec(self, monitor: str) -> MonitorSpec | None:
        """The monitor as its file last described it; None if it has no history.

        Raises:
            CorruptDocument: it cannot be used here, such as one with a check that is not installed.
        """
        return next((_spec(name, text) for name, text in self._specs({monitor})), None)

    def strips(self, among: Collection[str], *, most: int) -> dict[str, list[StripWindow]]:
        """The newest windows of each monitor, the oldest of them first."""
        column = windows.c
        shown = (column.window_start, column.window_end, column.state, column.n_alerts, column.rows, column.headline)
        if not among:
            return {}
        query = newest(column.monitor, *shown, monitors=among, latest=column.window_end, most=most)
        found: dict[str, list[StripWindow]] = defaultdict(list)
        with self._database.reading() as connection:
            for monitor, *window in connection.execute(query.order_by(column.window_start)):
                found[monitor].append(StripWindow(*window))
        return {monitor: strip[-most:] for monitor, strip in found.items()}

    def records(self, monitor: str, period: Window | None = None, *, most: int | None = None) -> list[WindowRecord]:
        """The monitor's windows that end in a period, or the newest, with their lines; the oldest first."""
        return [_record(row) for row in self._windows(_RECORD, monitor, period, most)]

    def records_and_cells(self, monitor: str, *, most: int | None = None) -> tuple[list[WindowRecord], CellTable]:
        """The windows that ``records`` returns for the same arguments, and a row of features for each, read at one moment."""
        rows = self._windows((*_RECORD, *_CELLS), monitor, None, most)
        cells = table(PackedCells(row["subjects"], row["effects"], row["states"]) for row in rows)
        return [_record(row) for row in rows], cells

    def _windows(
        self, columns: Sequence[Column[Any]], monitor: str, period: Window | None, most: int | None
    ) -> list[RowMapping]:
        query = select(*columns).where(*_of(windows, monitor, period)).order_by(*_NEWEST_FIRST)
        with self._database.reading() as connection:
            rows = connection.execute(query.limit(most)).mappings().all()
        return list(reversed(rows))

    def ends(self, monitor: str, *, most: int) -> list[datetime]:
        """When the monitor's newest windows end; the oldest first."""
        query = select(windows.c.window_end).where(windows.c.monitor == monitor)
        with self._database.reading() as connection:
            found = connection.scalars(query.order_by(*_NEWEST_FIRST).limit(most)).all()
        return list(reversed(found))

    def inputs(self, monitor: str, *, last: timedelta | None = None) -> list[tuple[Window, dict[datetime, str]]]:
        """The partitions that each window was judged from, the oldest window first.

        Args:
            last: only windows that end less than this before the newest one; default: all.
        """
        own = windows.c.monitor == monitor
        query = select(*_SPAN, windows.c.inputs).where(own)
        with self._database.reading() as connection:
            newest = connection.scalar(select(func.max(windows.c.window_end)).where(own))
            if last is not None and newest is not None:
                query = query.where(windows.c.window_end > newest - last)
            rows = connection.execute(query.order_by(windows.c.window_end, windows.c.window_start)).mappings().all()
        return [
            (_window(row), {datetime.fromisoformat(start): each for start, each in json.loads(row["inputs"]).items()})
            for row in rows
        ]

    def of_run(self, monitor: str, run_id: str) -> Window | None:
        """The window that a run judged."""
        query = select(*_SPAN).where(windows.c.monitor == monitor, windows.c.run_id == run_id)
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(windows.c.written_at.desc()).limit(1)).mappings().first()
        return None if row is None else _window(row)

    def beside(self, monitor: str, window_end: datetime) -> tuple[Window | None, Window | None]:
        """The windows that end next before and after this moment; of several that end together, the shortest."""
        column = windows.c
        query = select(*_SPAN).where(column.monitor == monitor).limit(1)
        before = query.where(column.window_end < window_end).order_by(*_NEWEST_FIRST)
        after = query.where(column.window_end > window_end).order_by(column.window_end, column.window_start.desc())
        with self._database.reading() as connection:
            rows = [connection.execute(each).mappings().first() for each in (before, after)]
        previous, following = (None if row is None else _window(row) for row in rows)
        return previous, following

    def subjects(self, monitor: str) -> dict[str, list[str]]:
        """By check, the subjects that it measured last."""
        column = measurements.c
        newest = (
            select(column.check_name, func.max(column.window_end).label("end"))
            .where(column.monitor == monitor)
            .group_by(column.check_name)
            .subquery()
        )
        joined = (column.check_name == newest.c.check_name) & (column.window_end == newest.c.end)
        query = select(column.check_name, column.measured).join(newest, joined).where(column.monitor == monitor)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(column.check_name)).all()
        return {check: measurement_document.subjects_of(check, content) for check, content in rows}

    def checks_of(self, monitor: str, subject: str) -> list[str]:
        """The checks that measured a subject last, by name."""
        return [check for check, subjects in self.subjects(monitor).items() if subject in subjects]

    def values(self, monitor: str, check: str, subject: str, period: Window) -> list[tuple[Window, dict[str, float]]]:
        """What a check measured of one subject, window by window, without windows in which it did not."""
        of_check = measurements.c.check_name == check
        query = select(measurements).where(of_check, *_of(measurements, monitor, period)).order_by(*_OLDEST_FIRST)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        found = ((_window(row), measurement_document.values_of(check, row["measured"], subject)) for row in rows)
        return [(window, values) for window, values in found if values]

    def measured(self, monitor: str, period: Window) -> list[MeasuredWindow]:
        """All that was measured of windows that end in a period, as a policy judges it."""
        query = select(measurements).where(*_of(measurements, monitor, period)).order_by(*_OLDEST_FIRST)
        by_window: dict[Window, list[CheckResult]] = defaultdict(list)
        with self._database.reading() as connection:
            for row in connection.execute(query).mappings():
                by_window[_window(row)].append(measurement_document.from_bytes(row["check_name"], row["measured"]))
        return [MeasuredWindow(window=window, results=tuple(results)) for window, results in by_window.items()]


def _spec(monitor: str, text: str) -> MonitorSpec:
    try:
        return MonitorSpec.model_validate_json(text)
    except ValidationError as error:
        raise CorruptDocument(
            f"monitor {monitor}, as its last window left it, cannot be used here: {broken_place(error)}. Install what it "
            "names, or let it judge a window, which replaces it."
        ) from error


def _of(table: Table, monitor: str, period: Window | None) -> Sequence[ColumnElement[bool]]:
    own = table.c.monitor == monitor
    if period is None:
        return (own,)
    return own, table.c.window_end > period.start, table.c.window_end <= period.end


def _window(row: RowMapping) -> Window:
    return Window(start=row["window_start"], end=row["window_end"])


def _record(row: RowMapping) -> WindowRecord:
    kept: Mapping[str, Any] = json.loads(row["lines"])
    return WindowRecord.model_construct(
        window=_window(row),
        lines={name: Line(*value) for name, value in kept.get("lines", {}).items()},
        classes=kept.get("classes", {}),
        wholes={name: Cell(*value) for name, value in kept.get("wholes", {}).items()},
        cells={},
        inputs={},  # given, because its default would cost as much as all the rest
        alerted=kept.get("alerted", {}),
        **{name: row[name] for name in _FIELDS},
    )
