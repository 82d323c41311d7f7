"""Find windows whose data arrived late or changed after they were judged.

Changes are detected by the partitions' file sizes and times, or an object
store's tags, without reading data. --run judges these windows again and
replaces their reports and histories. Anything new is reported to on_call by the
monitor's next run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from windage.cli.exit_codes import OF_A_TASK, QUIET
from windage.cli.output import print_json
from windage.cli.places import monitor_and_storage, no_verdict

if TYPE_CHECKING:
    from windage.history.rejudging import StaleWindow

EXIT_CODES = OF_A_TASK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("monitor", metavar="MONITOR.yaml", help="the monitor's YAML file")
    parser.add_argument("--store", metavar="PLACE", required=True, help="sqlite:///… or postgresql://…")
    parser.add_argument("--storage", metavar="DIR", help="path or URL of the profiles (default: the monitor's)")
    parser.add_argument("--run", action="store_true", help="judge these windows again")
    parser.add_argument("--json", action="store_true", help="print only JSON")


def run(args: argparse.Namespace) -> int:
    from windage.cli.progress import progress
    from windage.files import join
    from windage.history.rejudging import judge_again, judge_each, stale_windows
    from windage.history.store import HistoryStore
    from windage.incidents.store import IncidentStore
    from windage.incidents.verdicts import verdict_of
    from windage.judging.job import WindowJob
    from windage.reports.store import ReportReference, ReportStore
    from windage.store.database import Database
    from windage.vocabulary import DriftReport, Window

    spec, storage = monitor_and_storage(args)
    database = Database(args.store)
    job = WindowJob(spec, storage=storage, queue=spec.labeling.queue_at(storage=storage, database=args.store))
    judged = HistoryStore(database).inputs(spec.monitor) if database.is_there else []
    if not judged:
        raise no_verdict(database, spec.monitor)
    found = stale_windows(job, judged)
    again, judged_again = found if args.run else [], 0
    reports = ReportStore(join(storage, "reports"))

    def record(report: DriftReport, _: ReportReference) -> None:
        IncidentStore(database).record(verdict_of(report, spec))

    with progress("judging windows again", len(again)) as advance:

        def judge(window: Window) -> None:
            nonlocal judged_again
            made = judge_again(job, window, database=database, reports=reports, keep=record)
            judged_again += made is not None
            advance()

        broken = judge_each([each.window for each in again], judge)
    if args.json:
        print_json({"stale": [each.model_dump(mode="json") for each in found], "judged_again": judged_again})
    else:
        _print(found, judged_again if args.run else None)
    if broken is not None:
        raise broken
    return QUIET


def _print(found: Sequence[StaleWindow], judged_again: int | None) -> None:
    from windage.cli.windows import moment
    from windage.reports.formats import plural

    for each in found:
        changed = ", ".join(map(moment, each.changed))
        sys.stdout.write(f"{each.window}  changed: {changed}\n")
    is_one = len(found) == 1
    if judged_again is None:
        done = f"add --run to judge {'it' if is_one else 'them'} again"
    elif judged_again == len(found):
        done = f"{'' if is_one else 'all '}judged again"
    else:
        done = f"{judged_again} judged again, the others keep their reports because partitions they were made from are gone or broken"
    sys.stdout.write(f"{plural(len(found), 'stale window')}; {done}.\n" if found else "No stale windows.\n")
