"""Work through label requests.

'list' shows what to ask next, least certain first, up to the daily limit;
'lease' reserves requests for one person for half an hour; 'done' records an
answer. 'export' writes waiting requests to a file (.csv, .parquet, or .json as
Label Studio tasks), 'import' reads the labels back. 'stats' shows how many
requests wait and how accurate the classifier is by the labels.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from windage.cli.arguments import actions_of
from windage.cli.exit_codes import OF_A_TASK, QUIET
from windage.cli.output import print_document, print_json
from windage.cli.places import has_queue
from windage.errors import InvalidInput, did_you_mean, listed

if TYPE_CHECKING:
    from windage.labeling.queue import ActiveLabelingQueue
    from windage.labeling.request import LabelRequest

EXIT_CODES = OF_A_TASK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    action = actions_of(parser, names="list|lease|done|export|import|stats")
    shows = action("list", "show waiting requests")
    _place_and_form(shows)
    _which_requests(shows)
    shows.add_argument(
        "--status",
        choices=("pending", "all"),
        default="pending",
        help="all includes answered requests (default: pending)",
    )
    lease = action("lease", "reserve requests to answer")
    lease.add_argument("--as", dest="person", metavar="NAME", help="who takes them (default: your login name)")
    lease.add_argument("--timezone", metavar="ZONE", default="UTC", help="time zone of the daily limit (default: UTC)")
    lease.add_argument("--most", metavar="N", type=int, default=20, help="daily limit per person (default: 20)")
    lease.add_argument("--give-back", metavar="REQUEST_ID", help="return a reserved request unanswered instead")
    _place_and_form(lease)
    _which_requests(lease)
    done = action("done", "record an answer")
    _place_and_form(done)
    done.add_argument("request_id", metavar="REQUEST_ID", help="the request's id, or its first characters")
    answer = done.add_mutually_exclusive_group()
    answer.add_argument("--label", metavar="L", help="the answer; omit it if the label is recorded elsewhere")
    answer.add_argument("--skip", action="store_true", help="the person could not answer")
    stats = action("stats", "show status counts and accuracy")
    _whose_requests(stats)
    _place_and_form(stats)
    out = action("export", "write waiting requests to a file")
    _file(out)
    _whose_requests(out)
    out.add_argument(
        "--rows", metavar="MONITOR.yaml", help="export only this monitor's requests, with the features of their rows"
    )
    out.add_argument(
        "--storage",
        metavar="DIR",
        help="path or URL that a relative location of its log is below (default: the monitor's)",
    )
    _place_and_form(out)
    back = action("import", "read labels from a file")
    _file(back)
    _place_and_form(back)


def _place_and_form(action: argparse.ArgumentParser) -> None:
    action.add_argument("--queue", metavar="PLACE", required=True, help="JSON file, sqlite:///… or postgresql://…")
    action.add_argument("--json", action="store_true", help="print only JSON")


def _whose_requests(action: argparse.ArgumentParser) -> None:
    action.add_argument("--monitor", metavar="NAME", help="only requests of this monitor")


def _which_requests(action: argparse.ArgumentParser) -> None:
    _whose_requests(action)
    action.add_argument("--user", metavar="ID", help="only requests about this user")
    action.add_argument("--limit", metavar="N", type=int, help="at most N requests")


def _file(action: argparse.ArgumentParser) -> None:
    action.add_argument("file", metavar="FILE", type=Path, help="a .csv, .parquet or .json file")


def run(args: argparse.Namespace) -> int:
    from windage.labeling.queue import ActiveLabelingQueue

    if not has_queue(args.queue):
        raise InvalidInput(f"no queue found at {args.queue}. Give the place in the monitor's labeling.queue.")
    queue = ActiveLabelingQueue(args.queue, getattr(args, "most", 20))
    actions = {
        "list": _list,
        "lease": _lease,
        "done": _answer,
        "export": _export,
        "import": _import,
        "stats": _stats,
    }
    return actions[args.action](queue, args)


def _lease(queue: ActiveLabelingQueue, args: argparse.Namespace) -> int:
    person = args.person or getpass.getuser()
    if args.give_back:
        back = queue.release(_asked(queue, args.give_back).request_id, person)
        if back is None:
            raise InvalidInput(f"{args.give_back} is not reserved for {person}. Only its holder can return it.")
        return _print(args, back.model_dump(mode="json"), f"{back.request_id} returned to the queue")
    if args.monitor is not None:
        _of_monitor(queue, args)  # refuses a monitor without requests
    given = queue.lease(
        person,
        limit=10 if args.limit is None else args.limit,
        monitor=args.monitor,
        user_id=args.user,
        timezone=args.timezone,
    )
    if args.json:
        print_json([one.model_dump(mode="json") for one in given])
        return QUIET
    from windage.cli.views.queue_table import print_leased

    print_leased(given, person)
    return QUIET


def _export(queue: ActiveLabelingQueue, args: argparse.Namespace) -> int:
    from windage.labeling.exchange import export
    from windage.labeling.serving import order_of_asking
    from windage.reports.formats import plural
    from windage.vocabulary import utc_now

    waiting = order_of_asking(one for one in _of_monitor(queue, args) if one.waits(utc_now()))
    gone = 0
    if args.rows is None:
        export(waiting, args.file)
    else:
        from windage.cli.places import monitor_with_log
        from windage.labeling.asked_rows import features_of

        spec = monitor_with_log(argparse.Namespace(monitor=args.rows, storage=args.storage))
        if args.monitor not in (None, spec.monitor):
            raise InvalidInput(f"--rows gives the rows of {spec.monitor}, not of {args.monitor}. Leave --monitor out.")
        waiting = [one for one in waiting if one.monitor == spec.monitor]
        found = features_of(spec, waiting)
        gone = len(waiting) - len(found)
        export(waiting, args.file, features=found, hides_guess=spec.labeling.hide_guess)
    without = f"; the log no longer has {gone} of their rows, which are without features" if gone else ""
    return _print(
        args,
        {"exported": len(waiting), "file": str(args.file), "without_row": gone},
        f"{plural(len(waiting), 'request')} written to {args.file}{without}",
    )


def _import(queue: ActiveLabelingQueue, args: argparse.Namespace) -> int:
    from collections import Counter

    from windage.labeling.exchange import answers, record
    from windage.reports.formats import clean, plural

    given = answers(args.file)
    known = {name for one in queue.all_items for name in (one.predicted_label, one.label)}
    new = Counter(each.label for each in given if each.label is not None and each.label not in known)
    found = record(queue, given)
    said = f"{plural(found.labelled, 'label')} and {plural(found.skipped, 'skip')} recorded"
    if new:
        told = (f"{clean(name)} ({n}){clean(did_you_mean(name, filter(None, known)))}" for name, n in new.most_common())
        said += f"; new in this queue: {listed(told)}"
    _print(args, {**found._asdict(), "new_labels": dict(new)}, said)
    faults = [found.fault] if found.fault else []
    if found.unknown:
        faults.append(
            f"{plural(len(found.unknown), 'answer')} to requests that are not in the queue ({listed(found.unknown, most=3)}). "
            "Give the queue that the file was exported from."
        )
    if faults:
        raise InvalidInput(" ".join(faults))
    return QUIET


def _print(args: argparse.Namespace, document: dict[str, Any], text: str) -> int:
    if args.json:
        print_json(document)
    else:
        sys.stdout.write(text + "\n")
    return QUIET


def _stats(queue: ActiveLabelingQueue, args: argparse.Namespace) -> int:
    from collections import Counter

    from windage.labeling.performance import realised_performance
    from windage.labeling.request import Status

    asked = _of_monitor(queue, args)
    statuses = Counter(one.status for one in asked)
    found = realised_performance(asked)
    if args.json:
        document = {"requests": dict(statuses), "performance": found.model_dump(mode="json")}
        print_json(document)
        return QUIET
    from windage.cli.views.queue_table import print_performance

    print_performance(found, {status: statuses[status] for status in get_args(Status) if statuses[status]})
    return QUIET


def _of_monitor(queue: ActiveLabelingQueue, args: argparse.Namespace) -> list[LabelRequest]:
    """The requests of ``args.monitor``, or of all monitors.

    Raises:
        InvalidInput: the queue has requests, but none of this monitor.
    """
    every = queue.all_items
    asked = [one for one in every if args.monitor in (None, one.monitor)]
    if not asked and every:
        known = sorted({one.monitor or "none" for one in every})
        raise InvalidInput(
            f"no requests for monitor {args.monitor!r}.{did_you_mean(args.monitor, known)} Monitors with requests: {listed(known)}."
        )
    return asked


def _list(queue: ActiveLabelingQueue, args: argparse.Namespace) -> int:
    every = [one for one in _of_monitor(queue, args) if args.user in (None, one.user_id)]
    if args.status == "pending":
        found = queue.get_pending(args.user, args.limit, monitor=args.monitor)
    else:
        found = every if args.limit is None else every[: max(args.limit, 0)]
    if args.json:
        print_json([one.model_dump(mode="json") for one in found])
        return QUIET
    from windage.cli.views.queue_table import print_requests

    print_requests(found, every, all_statuses=args.status == "all", limit=args.limit)
    return QUIET


def _answer(queue: ActiveLabelingQueue, args: argparse.Namespace) -> int:
    request = _asked(queue, args.request_id)
    done = queue.mark_done(request.request_id, "skipped" if args.skip else "labeled", args.label)
    if done is None:
        raise InvalidInput(f"request {args.request_id!r} is no longer in the queue.")
    if args.json:
        print_document(done.model_dump_json(indent=2) + "\n")
        return QUIET
    from windage.cli.views.screen import Screen

    said = f"{done.status} {done.label}" if done.label else done.status
    Screen().say(("✓ ", "green"), f"{done.request_id} is {said}")
    return QUIET


def _asked(queue: ActiveLabelingQueue, beginning: str) -> LabelRequest:
    """The request with this id, or the only one whose id begins with it."""
    found = [one for one in queue.all_items if beginning and one.request_id.startswith(beginning)]
    exact = [one for one in found if one.request_id == beginning]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise InvalidInput(f"unknown request {beginning!r}. Run windage queue list --status all to see them.")
    raise InvalidInput(
        f"{beginning!r} matches {len(found)} requests: {listed(one.request_id for one in found)}. Give more characters."
    )
