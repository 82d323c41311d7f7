"""The demonstration: a calm day and a drifted day of a real prediction log, judged by the real DAG in Airflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from windage.demo.home import MONITOR, database_of, demo_home, environment, prepare
from windage.labeling.queue import ActiveLabelingQueue
from windage.reports.sentences.alert import alert_sentence
from windage.reports.sentences.report import grouped, headline, together
from windage.reports.store import ReportStore
from windage.reports.tables import MOVED, beside_days, feature_rows
from windage.vocabulary import DriftReport

PAGES_FROM = 0.4
"""The PSI that is critical under the ``reference`` policy."""
DAYS = (
    ("2013-10-24", "a calm Thursday in autumn"),
    ("2013-12-31", "the last day of the year, without a weather feed"),
)


def main() -> int:
    console = Console(highlight=False)
    home = demo_home()
    settings = {**os.environ, **environment(home)}
    log = home / "demo.log"
    console.print("[bold]Windage[/] watches a classifier of flight delays: New York, 2013, one flight in four.\n")
    with console.status("Writing one year of predictions, one partition per day …"):
        prepare(home)
        log.unlink(missing_ok=True)
    with console.status("Creating Airflow's database …"):
        _run(["-m", "airflow", "db", "migrate"], settings, log)
    reports = []
    for day, about in DAYS:
        start = time.monotonic()
        with console.status(f"Airflow runs DAG [bold]{MONITOR}[/] for {day}, {about} …"):
            states = home / f"states-{day}.json"
            _run(["-m", "windage.airflow.one_day", MONITOR, day, str(states)], settings, log)
        run = json.loads(states.read_text(encoding="utf-8"))
        console.print(f"{day}  {about}: {_summary(run)} in {time.monotonic() - start:.0f} s")
        reports.append(_report(home, day))
    for report in reports:
        _show(console, report)
    _show_places(console, home, reports)
    return 0


def _run(arguments: list[str], settings: Mapping[str, str], log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        done = subprocess.run(  # noqa: S603 — this interpreter, with arguments of our own
            [sys.executable, *arguments], env=settings, stdout=sink, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise SystemExit(f"{' '.join(arguments)} failed; the end of {log}:\n{last}")


def _summary(run: Mapping[str, Any]) -> str:
    states = [each["state"] for each in run["tasks"]]
    skipped = states.count("skipped")
    return f"DAG run {run['state']}, {states.count('success')} tasks done, {skipped} skipped by the branch"


def _report(home: Path, day: str) -> DriftReport:
    end = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
    report = ReportStore(home / "windage" / "reports").read(MONITOR, end)
    if report is None:
        raise SystemExit(f"Airflow's run for {day} left no report; see {home / 'demo.log'}.")
    return report


def _show(console: Console, report: DriftReport) -> None:
    colour = "red" if report.any_critical else "yellow" if report.alerts else "green"
    console.print(f"\n[bold {colour}]{report.current_window}[/]  [bold]{escape(str(headline(report)))}[/]")
    for alerts in grouped(report):
        told = " ".join(filter(None, [str(alert_sentence(alerts[0])), str(together(alerts))]))
        console.print(f"  • {escape(told)}", soft_wrap=True)
    results = report.feature_report.results if report.feature_report else []
    would_page = [each.feature for each in results if (each.psi or 0.0) > PAGES_FROM]
    if would_page and not report.alerts:
        console.print(
            f"  A fixed threshold would page for {', '.join(would_page)}: one day's weather never looks like four weeks "
            "of it.\n  Ordinary days differ as much, so no alert is sent.",
            soft_wrap=True,
        )
    p = "adjusted p" if beside_days(report) else "p"
    table = Table("feature", "PSI", "KS", p, box=None, padding=(0, 2, 0, 2), header_style="dim")
    for row in feature_rows(report):
        table.add_row(escape(row.name), row.psi, row.ks, row.p, style=colour if row.state == MOVED else None)
    console.print(table)


def _show_places(console: Console, home: Path, reports: list[DriftReport]) -> None:
    store = ReportStore(home / "windage" / "reports")
    database = database_of(home)
    queued = ActiveLabelingQueue(database).all_items
    console.print("\n[bold]Where to find it[/]")
    for report in reports:
        console.print(f"  report  {store.reference(report).report_html}", soft_wrap=True)
    console.print(f"  queue   {database}  ({len(queued)} rows to label; windage queue list --queue …)", soft_wrap=True)
    console.print(f"  Airflow {home}  (make ui opens its pages; log: {home / 'demo.log'})", soft_wrap=True)


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None  # the exit code that shells use for Ctrl-C
