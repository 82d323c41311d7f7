"""Judge one window of a monitor, without Airflow.

WHEN is a day (2013-03-08), the start of a period (2013-03-08T06:00) or FROM/TO
(2013-03-01/2013-03-08), in UTC. Profiles and the report are written to the
storage, where an Airflow run would put them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from windage.cli.exit_codes import OF_A_VERDICT, of_report
from windage.cli.output import print_document
from windage.cli.places import engine_of, monitor_and_storage
from windage.errors import CorruptDocument, InvalidInput, listed

if TYPE_CHECKING:
    from rich.text import Text

    from windage.judging.job import WindowJob
    from windage.partitions.plan import WindowPlan
    from windage.reports.store import ReportStore
    from windage.spec.model import MonitorSpec
    from windage.vocabulary import DriftReport, Window

EXIT_CODES = OF_A_VERDICT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("monitor", metavar="MONITOR.yaml", help="the monitor's YAML file")
    parser.add_argument("--window", metavar="WHEN", required=True, help="the window to judge")
    parser.add_argument(
        "--storage",
        metavar="DIR",
        help="path or URL for profiles and reports, and for a log with a relative location (default: the monitor's)",
    )
    parser.add_argument("--json", action="store_true", help="print only the report, as JSON")


def run(args: argparse.Namespace) -> int:
    from windage.cli.progress import progress
    from windage.cli.report_files import try_to_write
    from windage.cli.windows import interval_of
    from windage.files import join
    from windage.judging.job import WindowJob
    from windage.partitions.broken_files import all_outside
    from windage.reports.document import to_json
    from windage.reports.store import ReportStore

    began = time.perf_counter()
    spec, storage = monitor_and_storage(args)
    interval = interval_of(args.window, spec)
    queue = spec.labeling.queue and spec.labeling.queue_at(storage=storage, database="")
    job = WindowJob(spec, storage=storage, queue=queue, engine=engine_of(spec))
    plan = job.plan(interval)
    if not plan.partitions:
        raise InvalidInput(
            f"no partitions found for {plan.current} or its reference {plan.reference}; {_why_there_are_none(job, plan)}"
        )
    unread = job.profiler.missing(plan.partitions)
    with progress("reading partitions", len(unread)) as advance:
        job.profiler.profile_all(unread, advance, spare=all_outside(plan.current))
    report = job.judge(interval)
    written, unwritten = try_to_write(lambda: _write(ReportStore(join(storage, "reports")), report))
    if args.json:
        print_document(to_json(report).decode())
    else:
        from windage.cli.views.report_view import print_report

        seconds = time.perf_counter() - began
        print_report(report, _facts(spec, report), written=written, is_kept=not unwritten, seconds=seconds)
    if unwritten is not None:
        raise unwritten
    return of_report(report)


def _why_there_are_none(job: WindowJob, plan: WindowPlan) -> str:
    from windage.partitions.unread import unread

    in_their_place = unread(
        job.spec.log, missing=(each for each in plan.missing if each.overlaps(plan.current)), present=()
    )
    if in_their_place:
        return in_their_place[0]
    place = job.spec.log.location.format(start=plan.current.start)
    return f"looked first in {place}. Correct log.location, or give a window in the log."


def _write(store: ReportStore, report: DriftReport) -> list[str]:
    """Write the report; returns its locations.

    Raises:
        InvalidInput: it would replace one that used labels although it uses none.
    """
    place = store.reference(report)
    try:
        there = store.read_window(place.monitor, place.window)
    except CorruptDocument:
        there = None
    if there is not None and there.realised_performance is not None and report.realised_performance is None:
        raise InvalidInput(
            f"the report was not written: the one at {place.report_json} used people's labels, and this run has none. "
            "Set labeling.queue in the monitor, or give another --storage."
        )
    store.write(report)
    return [place.report_json, place.report_html, place.report_markdown]


def _facts(spec: MonitorSpec, report: DriftReport) -> list[tuple[str, Text]]:
    from rich.text import Text

    from windage.reports.formats import plural, window
    from windage.vocabulary import utc_now

    lines = [("monitor", Text(spec.monitor if not spec.description else f"{spec.monitor}: {spec.description}"))]
    for name, period, rows in (
        ("reference", report.reference_window, report.reference_rows),
        ("current", report.current_window, report.current_rows),
    ):
        lines.append((name, Text.assemble(window(period), (f"  {plural(rows or 0, 'row')}", "bold"))))
    if report.current_window is not None and report.current_window.end > utc_now():
        more = f"more rows may come until {report.current_window.end:%Y-%m-%d %H:%M} UTC"
        lines.append(("not over", Text(more, style="magenta")))
    if report.missing_partitions:
        lines.append(("missing", Text(listed(map(str, _joined(report.missing_partitions))), style="magenta")))
    return lines


def _joined(periods: Sequence[Window]) -> list[Window]:
    """The periods, with adjacent ones joined."""
    joined: list[Window] = []
    for period in sorted(periods, key=lambda each: each.start):
        if joined and joined[-1].end == period.start:
            joined[-1] = joined[-1].model_copy(update={"end": period.end})
        else:
            joined.append(period)
    return joined
