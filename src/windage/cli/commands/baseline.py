"""Manage a monitor's frozen baseline and the days excluded from references.

'promote' makes a window the baseline from now on, behind which no trailing
reference reaches, 'exclude' leaves broken days out of every reference,
'withdraw' takes either back, 'list' shows all. A baseline never moves by
itself.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from windage.cli.arguments import actions_of
from windage.cli.exit_codes import OF_A_TASK, QUIET
from windage.cli.output import print_document
from windage.cli.places import monitor_and_storage
from windage.errors import InvalidInput, listed

if TYPE_CHECKING:
    from windage.judging.job import WindowJob
    from windage.partitions.baselines import ReferenceDecision
    from windage.vocabulary import Document, PartitionRef, Window

EXIT_CODES = OF_A_TASK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    action = actions_of(parser, names="promote|exclude|withdraw|list")
    for each in (
        action("promote", "make a window the baseline"),
        action("exclude", "exclude days from every reference"),
        action("withdraw", "take back a promotion or an exclusion of exactly these days"),
    ):
        _add_common(each)
        each.add_argument("--from", dest="begin", metavar="DAY", required=True, help="first day (UTC)")
        each.add_argument("--to", dest="end", metavar="DAY", required=True, help="end day, exclusive (UTC)")
        each.add_argument("--reason", metavar="WHY", required=True, help="reason; recorded with your name and the time")
    _add_common(action("list", "show promotions, exclusions and what was withdrawn"))


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("monitor", metavar="MONITOR.yaml", help="the monitor's YAML file")
    parser.add_argument("--storage", metavar="DIR", help="path or URL where they are kept (default: the monitor's)")
    parser.add_argument("--json", action="store_true", help="print only JSON")


def run(args: argparse.Namespace) -> int:
    from windage.cli.windows import require_whole_partitions, window_of
    from windage.judging.job import WindowJob
    from windage.reports.formats import clean
    from windage.vocabulary import utc_now

    spec, storage = monitor_and_storage(args)
    job = WindowJob(spec, storage=storage)
    if args.action == "list":
        if args.json:
            print_document(job.decisions.read().model_dump_json(indent=2) + "\n")
        else:
            sys.stdout.write(_list(job))
        return QUIET
    window = window_of(args.begin, args.end, spec.log.every)
    if args.action == "exclude":
        done: Document = job.decisions.exclude(window, reason=args.reason, by=getpass.getuser(), at=utc_now())
        told = f"{window} is excluded from every reference of {spec.monitor}: {args.reason}"
    elif args.action == "withdraw":
        done = job.decisions.withdraw(window, reason=args.reason, by=getpass.getuser(), at=utc_now())
        told = f"what was decided about {window} is withdrawn for {spec.monitor}: {args.reason}"
    else:
        require_whole_partitions(window, spec.log.every, given=f"--from {args.begin} --to {args.end}")
        partitions, missing = _partitions(job, window)
        made = job.decisions.promote(window, partitions, reason=args.reason, by=getpass.getuser(), at=utc_now())
        done, told = made, f"{window} is now baseline {made.version} of {spec.monitor}: {made.reason}{missing}"
    if args.json:
        print_document(done.model_dump_json() + "\n")
    else:
        sys.stdout.write(clean(told) + "\n")
    return QUIET


def _partitions(job: WindowJob, window: Window) -> tuple[list[PartitionRef], str]:
    """The partitions that a baseline of this window is made from, and in words what it does without.

    Raises:
        InvalidInput: they are of too few days to be a baseline.
    """
    from windage.partitions.plan import not_excluded
    from windage.reports.formats import plural
    from windage.stats.ordinary import LEAST_DAYS

    found = job.partitions(window)
    used = not_excluded(found, job.decisions.read().excluded())
    days = len({each.period.start.date() for each in used})
    if found and days < LEAST_DAYS:
        raise InvalidInput(
            f"{window} has data of {plural(days, 'day')}, and a baseline needs at least {LEAST_DAYS} that are not excluded. "
            "Give a longer window."
        )
    kept = {each.period for each in used}
    without = [str(each) for each in window.split(job.spec.log.every) if each not in kept]
    return used, f" (without {listed(without, most=3)}: missing or excluded)" if without else ""


def _list(job: WindowJob) -> str:
    from windage.reports.formats import clean

    decisions = job.decisions.read()
    lines = [
        f"baseline {each.version}  {_about(each)}{' (withdrawn)' if each.withdrawn else ''}"
        for each in decisions.promotions
    ]
    lines += [f"excluded    {_about(each)}{' (withdrawn)' if each.withdrawn else ''}" for each in decisions.exclusions]
    lines += [f"withdrawn   {_about(each)}" for each in decisions.withdrawals]
    return (
        "\n".join(map(clean, lines or ["No promotions or exclusions: references are as in the monitor file."])) + "\n"
    )


def _about(each: ReferenceDecision) -> str:
    return f"{each.window}  {each.by}, {each.at:%Y-%m-%d %H:%M}: {each.reason}"
