"""List, acknowledge, resolve or silence incidents.

A critical alert opens an incident at once, a warning when it occurs in two of
three windows. Three clean windows close it.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING, Literal

from windage.cli.arguments import actions_of
from windage.cli.exit_codes import OF_A_TASK, QUIET
from windage.cli.output import print_document, print_json
from windage.cli.places import no_verdict
from windage.errors import InvalidInput, did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from windage.incidents.delivery import Delivery
    from windage.incidents.model import Incident
    from windage.incidents.store import IncidentStore
    from windage.store.database import Database
    from windage.vocabulary import Document

EXIT_CODES = OF_A_TASK
COVERED = ("trigger", "feature", "user")
"""The fields that may limit a silence."""
NAMED = "the incident's number in the list, or the key at the end of a message's link"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    action = actions_of(parser, names="list|show|ack|resolve|silence|unsilence")
    shown = action("list", "show open incidents")
    shown.add_argument("--all", action="store_true", help="include incidents and silences that have ended")
    one = action("show", "show an incident's events and messages")
    one.add_argument("incident", metavar="N", help=NAMED)
    decisions = action("ack", "acknowledge an incident"), action("resolve", "close an incident")
    for each in decisions:
        each.add_argument("incident", metavar="N", help=NAMED)
        each.add_argument("--note", metavar="TEXT", default="", help="note; recorded with your name and the time")
    quiet = action("silence", "mute notifications until a given time")
    quiet.add_argument("--until", metavar="TIME", required=True, help="when it ends, such as 2026-12-24 or +3d (UTC)")
    quiet.add_argument("--reason", metavar="WHY", required=True, help="reason; recorded with your name and the time")
    for name in COVERED:
        quiet.add_argument(f"--{name}", metavar="NAME", help=f"only alerts about this {name}")
    ended = action("unsilence", "end a silence")
    ended.add_argument("silence_id", metavar="SILENCE_ID")
    for each in (shown, one, *decisions, quiet, ended):
        each.add_argument("--store", metavar="PLACE", required=True, help="sqlite:///… or postgresql://…")
        each.add_argument("--monitor", metavar="NAME", help="the monitor (required if the store has several)")
        each.add_argument("--json", action="store_true", help="print only JSON")


def run(args: argparse.Namespace) -> int:
    from windage.incidents.store import IncidentStore
    from windage.store.database import Database

    database = Database(args.store)
    if not database.is_there:
        raise no_verdict(database)
    store = IncidentStore(database)
    if args.monitor is not None and args.monitor not in (known := store.monitors()):
        raise no_verdict(database, args.monitor, known=known)
    if args.action == "unsilence":
        return _unsilence(store, args)
    monitor = args.monitor or _only_monitor(store, database)
    if args.action == "silence":
        _require_known_cover(args, _features(store, database, monitor))
        return _silence(store, monitor, args)
    if args.action == "list":
        return _list(store, monitor, args)
    number, incident, deliveries = _asked_for(store, monitor, args.incident)
    if args.action == "show":
        return _show(number, incident, deliveries, as_json=args.json)
    return _decide(store, number, incident, args)


def _only_monitor(store: IncidentStore, database: Database) -> str:
    known = store.monitors()
    if len(known) == 1:
        return known[0]
    if not known:
        raise no_verdict(database)
    raise InvalidInput(f"the store has several monitors: {listed(known)}. Give --monitor.")


def _asked_for(store: IncidentStore, monitor: str, given: str) -> tuple[int, Incident, list[Delivery]]:
    """An incident, given as its number or as a message's key. Numbers start at the oldest, so new ones change none."""
    number = int(given) if given.isdecimal() else store.number_of(monitor, given)
    found = None if number is None else store.of_number(monitor, number)
    if number is None or found is None:
        raise InvalidInput(f"unknown incident {given}. Run windage incidents list --all to see them.")
    return number, *found


def _silence(store: IncidentStore, monitor: str, args: argparse.Namespace) -> int:
    covers = {name: getattr(args, name) for name in COVERED}
    made = store.silence(monitor, until=_moment(args.until), reason=args.reason, by=getpass.getuser(), **covers)
    what = ", ".join(f"{name} {value}" for name, value in covers.items() if value) or "everything"
    return _done(args, made, f"{monitor}: notifications about {what} are muted until {made.until:%Y-%m-%d %H:%M} UTC")


def _unsilence(store: IncidentStore, args: argparse.Namespace) -> int:
    if not store.unsilence(args.silence_id, by=getpass.getuser()):
        raise InvalidInput(f"unknown silence {args.silence_id!r}. Run windage incidents list --all to see them.")
    return _done(args, None, "the silence has ended")


def _decide(store: IncidentStore, number: int, incident: Incident, args: argparse.Namespace) -> int:
    if not incident.is_active:
        raise InvalidInput(f"incident {number} already ended, with window {incident.events[-1].window}. Nothing to do.")
    kind: Literal["acknowledged", "resolved"] = "acknowledged" if args.action == "ack" else "resolved"
    decided = store.decide(incident, kind, by=getpass.getuser(), note=args.note)
    return _done(args, decided, f"incident {number} of {incident.monitor} is {decided.kind}")


def _list(store: IncidentStore, monitor: str, args: argparse.Namespace) -> int:
    from windage.vocabulary import utc_now

    found = list(enumerate(store.messages(monitor), start=1))
    shown = [(n, each) for n, (each, _) in found if args.all or each.is_active]
    silent = store.silences(monitor, at=None if args.all else utc_now())
    if args.json:
        document = {
            "incidents": [{"number": n, **each.model_dump(mode="json")} for n, each in shown],
            "silences": [each.model_dump(mode="json") for each in silent],
        }
        print_json(document)
        return QUIET
    from windage.cli.views.screen import Screen, mark, table

    screen = Screen()
    if shown:
        made = table("", "No", "State", "First", "Last", "Windows", "What")
        for n, each in shown:
            said = (each.state.value, f"{each.first.start:%Y-%m-%d}", f"{each.last.start:%Y-%m-%d}", str(each.windows))
            made.add_row(mark(each.severity), str(n), *said, each.latest.headline)
        screen.print(made)
    else:
        screen.print(f"{monitor}: no open incidents.")
    for n, (_, deliveries) in found:
        for sent in deliveries:
            if sent.trouble:
                to_whom = " to everyone" if sent.state == "delivered" else ""
                screen.say((f"incident {n}: message not delivered{to_whom}: ", "bold"), sent.trouble)
    for silence in silent:
        covers = [f"{name} {value}" for name in COVERED if (value := getattr(silence, name))]
        screen.say(
            ("silenced ", "dim"),
            f"{', '.join(covers) or 'everything'} until {silence.until:%Y-%m-%d %H:%M} UTC, {silence.by}: {silence.reason}",
            f" (ended by {silence.ended_by})" if silence.ended_by else "",
            (f"  {silence.silence_id}", "dim"),
        )
    return QUIET


def _show(number: int, incident: Incident, deliveries: list[Delivery], *, as_json: bool) -> int:
    if as_json:
        document = {
            "number": number,
            **incident.model_dump(mode="json"),
            "messages": [each.model_dump(mode="json", exclude={"message": {"facts"}}) for each in deliveries],
        }
        print_json(document)
        return QUIET
    from windage.cli.views.screen import Screen, mark, table

    screen = Screen()
    screen.say((f"Incident {number} of {incident.monitor} is {incident.state}. ", "bold"), incident.latest.headline)
    events = table("", "Window", "What happened", "By", "Note")
    for event in incident.events:
        then = "" if event.headline == incident.latest.headline else event.headline
        events.add_row(mark(event.severity), str(event.window), event.kind, event.by or "", event.note or then)
    screen.print(events)
    if deliveries:
        messages = table("", "When", "To", "State", "Tries", "Message")
        for each in deliveries:
            when = each.delivered_at or each.due_at
            messages.add_row(
                "",
                f"{when:%Y-%m-%d %H:%M}",
                each.channel_name,
                each.state,
                str(each.attempts + (each.state == "delivered")),
                each.trouble or each.message.subject,
            )
        screen.print(messages)
    return QUIET


def _done(args: argparse.Namespace, document: Document | None, told: str) -> int:
    if args.json and document:
        print_document(document.model_dump_json(indent=2) + "\n")
    else:
        sys.stdout.write(told + "\n")
    return QUIET


def _features(store: IncidentStore, database: Database, monitor: str) -> tuple[str, ...]:
    """What a monitor's alerts may name: its features and other columns, as last stored, and what its incidents were about, such
    as a feature of before. Empty if the store does not know the monitor."""
    from windage.history.store import HistoryStore

    spec = HistoryStore(database).specs({monitor}).get(monitor)
    if spec is None:
        return ()
    found = (name for each in store.incidents(monitor) for name in each.latest.features)
    return tuple(dict.fromkeys((*spec.log.numeric, *spec.log.categorical, *sorted(spec.log.columns), *found)))


def _require_known_cover(args: argparse.Namespace, features: Sequence[str]) -> None:
    from windage.vocabulary import DriftTrigger

    if args.trigger is not None and args.trigger not in set(DriftTrigger):
        known = sorted(map(str, DriftTrigger))
        raise InvalidInput(
            f"unknown trigger {args.trigger!r}.{did_you_mean(args.trigger, known)} Available triggers: {', '.join(known)}."
        )
    if args.feature is not None and features and args.feature not in features:
        raise InvalidInput(
            f"unknown feature {args.feature!r}.{did_you_mean(args.feature, features)} Give one of the monitor's features."
        )
    if not args.reason.strip():
        raise InvalidInput("a silence needs a reason; got none. Give --reason.")


def _moment(text: str) -> datetime:
    from datetime import datetime

    from windage.spec.durations import parse
    from windage.vocabulary import aware_utc, utc_now

    now = utc_now()
    try:
        until = now + parse(text[1:]) if text.startswith("+") else aware_utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise InvalidInput(
            f"--until {text!r} is not a valid time. Give one like 2026-12-24T08:00, or +3d from now."
        ) from error
    if until <= now:
        raise InvalidInput(f"--until {text} is in the past. Give a future time, or +3d from now.")
    return until
