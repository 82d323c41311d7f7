"""Window verdicts, decisions and silences, and the incidents that follow from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

from pydantic import ValidationError
from sqlalchemy import Column, Connection, and_, not_, select

from windage.incidents import outbox, routing
from windage.incidents.cache import IncidentCache
from windage.incidents.delivery import Delivery, by_incident
from windage.incidents.from_verdicts import UNKNOWN, incidents_of, since_all_clear
from windage.incidents.messages.about_monitors import monitor_incident
from windage.incidents.model import (
    Decision,
    FindingsBySubject,
    Incident,
    Silence,
    Told,
    WindowFinding,
    WindowVerdict,
)
from windage.incidents.news import endings, keys_of, untold
from windage.store.database import Database, insert_new, newest, upsert
from windage.store.keys import natural_key
from windage.store.schema import incident_decisions, silences, told, window_verdicts
from windage.vocabulary import utc_now

LOOKED_BACK = 40
"""An all-clear is looked for in this many of a monitor's newest windows before all of them are read."""

Route = Callable[[Sequence[Told]], Sequence[Delivery]]


def told_nobody(news: Sequence[Told]) -> Sequence[Delivery]:  # noqa: ARG001 — the signature of a route
    """The route of a monitor without channels."""
    return ()


class IncidentStore:
    """Every write takes the place of an earlier one with the same meaning, so that it may be repeated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, verdict: WindowVerdict) -> None:
        """Keep a window's verdict in place of an earlier one of the same window."""
        with self._database.writing() as connection:
            _keep(connection, verdict)

    def claim(
        self, verdict: WindowVerdict, *, at: datetime, route: Route = told_nobody, told_unkept: Sequence[Told] = ()
    ) -> list[Told]:
        """Keep a window's verdict, and return the news that this run is the one to tell.

        News is what no other run has told and no silence covers ``at`` this moment. The messages that ``route`` makes of
        it are kept in the same transaction, and so are those that say what is over.

        Runs at the same time claim one after the other, so that each incident is told by one of them. The monitor's history
        is parsed before the lock is taken, so that no run waits for another's parsing.

        Args:
            told_unkept: what people were told of this window while the store could not be used. It is no longer news, but
                its end will be.
        """
        cache = self._filled_cache(verdict.monitor, verdict)
        with self._database.writing() as connection:
            _keep(connection, verdict)
            if told_unkept:
                _keep_told(connection, told_unkept)
                outbox.put_delivered(connection, route(told_unkept), at=at)
            incidents = _incidents(connection, verdict.monitor, cache)
            quiet = _silences(connection, verdict.monitor, at)
            found = untold(incidents, verdict, _already_told(connection, verdict.monitor, cache))
            seen = FindingsBySubject((*verdict.findings, UNKNOWN))
            found = [each for each in found if not _is_silenced(seen.about(each.subjects), quiet)]
            _keep_told(connection, found)
            outbox.put(connection, route(found))
            before = outbox.of(connection, verdict.monitor, about=[monitor_incident(verdict.monitor)])
            outbox.put(connection, routing.recovered(verdict.monitor, before, window=verdict.window, at=at))
            _end(connection, verdict.monitor, incidents, cache, at=at)
        return found

    def end(self, monitor: str, *, at: datetime) -> None:
        """Keep the messages about incidents that people acknowledged or resolved, or that later windows ended."""
        cache = self._filled_cache(monitor)
        with self._database.writing() as connection:
            _end(connection, monitor, _incidents(connection, monitor, cache), cache, at=at)

    def not_ended(self) -> list[str]:
        """The monitors with an incident whose end people have yet to be told of: only these may need ``end``."""
        known: dict[str, set[str]] = defaultdict(set)
        ended: dict[str, set[str]] = defaultdict(set)
        with self._database.reading() as connection:
            for monitor, text in connection.execute(select(told.c.monitor, told.c.told)):
                try:
                    each = Told.model_validate_json(text)
                except ValidationError:  # ``end`` says so, of this monitor alone
                    known[monitor].add(text)
                else:
                    (ended if each.kind == "resolved" else known)[monitor].add(each.incident_key)
        return sorted(monitor for monitor, keys in known.items() if keys - ended[monitor])

    def _filled_cache(self, monitor: str, verdict: WindowVerdict | None = None) -> IncidentCache:
        """What will be needed under the lock, parsed now: with this verdict, as it will be if nobody else writes meanwhile."""
        cache = IncidentCache()
        with self._database.reading() as connection:
            _incidents(connection, monitor, cache, coming=verdict)
            _already_told(connection, monitor, cache)
        return cache

    def messages(self, monitor: str) -> list[tuple[Incident, list[Delivery]]]:
        """The monitor's incidents, each with what was sent or is to be sent about it."""
        with self._database.reading() as connection:
            found, before = _with_keys(connection, monitor), outbox.of(connection, monitor)
        about = by_incident(before)

        def sent(keys: Collection[str]) -> list[Delivery]:
            own = {each.delivery_id: each for key in keys for each in about[key]}
            return sorted(own.values(), key=lambda each: (each.created_at, each.delivery_id))

        return [(incident, sent(keys)) for incident, keys in found]

    def of_number(self, monitor: str, number: int) -> tuple[Incident, list[Delivery]] | None:
        """The incident with this number, counted from the oldest, with what was sent or is to be sent about it."""
        with self._database.reading() as connection:
            found = _with_keys(connection, monitor)
            if not 1 <= number <= len(found):
                return None
            incident, keys = found[number - 1]
            sent = outbox.of(connection, monitor, about=keys)
        return incident, [each for each in sent if keys.intersection(each.incidents)]

    def number_of(self, monitor: str, key: str) -> int | None:
        """The number, counted from the oldest, of the incident that messages know by this key, or whose own key it is; None
        if no window finds it any longer."""
        with self._database.reading() as connection:
            found = _with_keys(connection, monitor)
        numbers = {incident.key: number for number, (incident, _) in enumerate(found, start=1)}
        numbers |= {each: number for number, (_, keys) in enumerate(found, start=1) for each in keys}
        return numbers.get(key)

    def monitors(self) -> list[str]:
        query = select(window_verdicts.c.monitor).distinct().order_by(window_verdicts.c.monitor)
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def incidents(self, monitor: str) -> list[Incident]:
        """The monitor's incidents, the oldest first."""
        with self._database.reading() as connection:
            return _incidents(connection, monitor)

    def active(self, monitors: Collection[str]) -> dict[str, list[Incident]]:
        """The incidents of several monitors that have opened and are not over; monitors without any are left out.

        Only the windows after a monitor's last all-clear are read.
        """
        found: dict[str, list[Incident]] = {}
        with self._database.reading() as connection:
            newest = _newest(connection, monitors)
            decided = _decisions(connection, monitors)
            for monitor, verdicts in newest.items():
                own = _since_all_clear(verdicts, decided[monitor])
                if own is None:
                    own = _incidents(connection, monitor)
                found[monitor] = [each for each in own if each.is_open]
        return {monitor: own for monitor, own in found.items() if own}

    def decide(
        self, incident: Incident, kind: Literal["acknowledged", "resolved"], *, by: str, note: str = ""
    ) -> Decision:
        """Acknowledge or resolve an incident. The same decision made twice is one; one person's decision erases no other's."""
        about = (incident.monitor, kind, incident.last.start, incident.last.end, by, note)
        key = natural_key(*about, *incident.subjects)
        decision = Decision(
            decision_id=key,
            monitor=incident.monitor,
            kind=kind,
            subjects=incident.subjects,
            window=incident.last,
            by=by,
            at=utc_now(),
            note=note,
        )
        row = {"decision_id": key, "monitor": incident.monitor, "decision": decision.model_dump_json()}
        with self._database.writing() as connection:
            insert_new(connection, incident_decisions, [row], on=("decision_id",))
        return decision

    def silence(
        self,
        monitor: str,
        *,
        until: datetime,
        reason: str,
        by: str,
        trigger: str | None = None,
        feature: str | None = None,
        user: str | None = None,
    ) -> Silence:
        """Tell nobody of what matches, until then. If the same person repeats it while it lasts, it is one silence that lasts until
        the later end."""
        at = utc_now()
        made = Silence(
            silence_id=natural_key(monitor, trigger, feature, user, until, reason, by, at),
            monitor=monitor,
            trigger=trigger,
            feature=feature,
            user=user,
            until=until,
            reason=reason,
            by=by,
            at=at,
        )
        with self._database.writing() as connection:
            before = next((each for each in _silences(connection, monitor, at) if each.says_what(made)), None)
            if before is not None:
                made = before.model_copy(update={"until": max(before.until, made.until)})
            _keep_silence(connection, made)
        return made

    def silences(self, monitor: str, *, at: datetime | None = None) -> list[Silence]:
        """The silences that have not ended at that moment; without one, all that there ever were."""
        with self._database.reading() as connection:
            return _silences(connection, monitor, at)

    def unsilence(self, silence_id: str, *, by: str, monitor: str | None = None) -> bool:
        """End a silence now; returns whether there was one to end."""
        at, own = utc_now(), silences.c.silence_id == silence_id
        if monitor is not None:
            own &= silences.c.monitor == monitor
        with self._database.writing() as connection:
            text = connection.scalar(select(silences.c.silence).where(own, silences.c.until > at))
            if text is None:
                return False
            silence = Silence.model_validate_json(text)
            _keep_silence(connection, silence.model_copy(update={"until": at, "ended_by": by}))
        return True


def _keep(connection: Connection, verdict: WindowVerdict) -> None:
    row = {
        "monitor": verdict.monitor,
        "window_start": verdict.window.start,
        "window_end": verdict.window.end,
        "verdict": verdict.model_dump_json(),
        "written_at": utc_now(),
    }
    upsert(connection, window_verdicts, [row], on=("monitor", "window_start", "window_end"))


def _incidents(
    connection: Connection, monitor: str, cache: IncidentCache | None = None, *, coming: WindowVerdict | None = None
) -> list[Incident]:
    """The monitor's incidents; a ``coming`` verdict counts as if it were kept already."""
    query = select(window_verdicts.c.verdict).where(window_verdicts.c.monitor == monitor)
    if coming is not None:
        column, window = window_verdicts.c, coming.window
        query = query.where(not_(and_(column.window_start == window.start, column.window_end == window.end)))
    verdicts = [*connection.scalars(query), *([coming.model_dump_json()] if coming else [])]
    decided = _documents(connection, incident_decisions.c.decision, monitor)
    return (cache or IncidentCache()).incidents(verdicts, decided)


def _with_keys(connection: Connection, monitor: str) -> list[tuple[Incident, frozenset[str]]]:
    """The monitor's incidents, each with the keys of the messages about it."""
    found = _incidents(connection, monitor)
    return list(zip(found, keys_of(found, _already_told(connection, monitor)), strict=True))


def _since_all_clear(newest_first: Iterable[WindowVerdict], decisions: Iterable[Decision]) -> list[Incident] | None:
    """The incidents after the last all-clear; None where the verdicts do not reach back to one."""
    recent = since_all_clear(newest_first)
    if recent is None:
        return None
    begin = recent[-1].window.start if recent else None
    return incidents_of(recent, [each for each in decisions if begin is not None and each.window.start >= begin])


def _newest(connection: Connection, monitors: Collection[str]) -> dict[str, Iterator[WindowVerdict]]:
    """The newest verdicts of each monitor, the newest first; they are parsed as far as they are asked for."""
    column = window_verdicts.c
    texts: dict[str, list[str]] = defaultdict(list)
    if monitors:
        query = newest(column.monitor, column.verdict, monitors=monitors, latest=column.window_start, most=LOOKED_BACK)
        for monitor, text in connection.execute(query):
            texts[monitor].append(text)
    return {monitor: map(WindowVerdict.model_validate_json, reversed(own)) for monitor, own in texts.items()}


def _decisions(connection: Connection, monitors: Collection[str]) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = defaultdict(list)
    query = select(incident_decisions.c.monitor, incident_decisions.c.decision)
    for monitor, text in connection.execute(query.where(incident_decisions.c.monitor.in_(monitors))):
        found[monitor].append(Decision.model_validate_json(text))
    return found


def _documents(connection: Connection, document: Column[str], monitor: str) -> Sequence[str]:
    return connection.scalars(select(document).where(document.table.c.monitor == monitor)).all()


def _silences(connection: Connection, monitor: str, at: datetime | None) -> list[Silence]:
    query = select(silences.c.silence).where(silences.c.monitor == monitor)
    if at is not None:
        query = query.where(silences.c.until > at)
    return list(map(Silence.model_validate_json, connection.scalars(query.order_by(silences.c.until))))


def _keep_silence(connection: Connection, silence: Silence) -> None:
    row = {**silence.model_dump(include={"silence_id", "monitor", "until"}), "silence": silence.model_dump_json()}
    upsert(connection, silences, [row], on=("silence_id",))


def _already_told(connection: Connection, monitor: str, cache: IncidentCache | None = None) -> list[Told]:
    cache = cache or IncidentCache()
    return [cache.document(Told, each) for each in _documents(connection, told.c.told, monitor)]


def _keep_told(connection: Connection, news: Sequence[Told]) -> None:
    rows = [{"told_id": each.told_id, "monitor": each.monitor, "told": each.model_dump_json()} for each in news]
    upsert(connection, told, rows, on=("told_id",))


def _end(
    connection: Connection, monitor: str, incidents: Sequence[Incident], cache: IncidentCache, *, at: datetime
) -> None:
    said = _already_told(connection, monitor, cache)
    ended = endings(incidents, said)
    if ended:
        before = outbox.of(connection, monitor, about={each.incident_key for each, _ in ended})
        outbox.put(connection, routing.end_deliveries(ended, before, said, at=at))
        _keep_told(connection, [each for each, _ in ended])


def _is_silenced(seen: Iterable[WindowFinding], quiet: Sequence[Silence]) -> bool:
    """Whether everything that a window found of an incident is silenced."""
    return all(any(silence.covers(each) for silence in quiet) for each in seen)
