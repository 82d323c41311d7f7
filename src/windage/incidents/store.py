"""Window verdicts, decisions and silences, and the incidents that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select

from windage.incidents.history import history
from windage.incidents.model import Decision, Incident, Silence, WindowVerdict
from windage.store.database import Database, upsert
from windage.store.places import natural_key
from windage.store.schema import incident_decisions, silences, window_verdicts
from windage.vocabulary import utc_now


class IncidentStore:
    """Every write takes the place of an earlier one with the same meaning, so that it may be repeated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, verdict: WindowVerdict) -> None:
        """Keep a window's verdict in place of an earlier one of the same window."""
        row = {
            "monitor": verdict.monitor,
            "window_start": verdict.window.start,
            "window_end": verdict.window.end,
            "verdict": verdict.model_dump_json(),
            "written_at": utc_now(),
        }
        with self._database.writing() as connection:
            upsert(connection, window_verdicts, [row], on=("monitor", "window_start", "window_end"))

    def monitors(self) -> list[str]:
        query = select(window_verdicts.c.monitor).distinct().order_by(window_verdicts.c.monitor)
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def incidents(self, monitor: str, *, besides: Sequence[WindowVerdict] = ()) -> list[Incident]:
        """The monitor's incidents, the oldest first; ``besides`` are verdicts that are not kept yet."""
        with self._database.reading() as connection:
            kept = connection.scalars(
                select(window_verdicts.c.verdict).where(window_verdicts.c.monitor == monitor)
            ).all()
            decided = connection.scalars(
                select(incident_decisions.c.decision).where(incident_decisions.c.monitor == monitor)
            ).all()
        verdicts = {each.window: each for each in map(WindowVerdict.model_validate_json, kept)}
        verdicts |= {each.window: each for each in besides}
        return history(verdicts.values(), map(Decision.model_validate_json, decided))

    def decide(
        self, incident: Incident, kind: Literal["acknowledged", "resolved"], *, by: str, note: str = ""
    ) -> Decision:
        """Acknowledge or resolve an incident; said twice it is one decision."""
        key = natural_key(incident.monitor, kind, incident.last.start, incident.last.end, *incident.subjects)
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
            upsert(connection, incident_decisions, [row], on=("decision_id",))
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
        """Tell nobody of what matches, until then."""
        key = natural_key(monitor, trigger, feature, user, until)
        made = Silence(
            silence_id=key,
            monitor=monitor,
            trigger=trigger,
            feature=feature,
            user=user,
            until=until,
            reason=reason,
            by=by,
            at=utc_now(),
        )
        row = {"silence_id": key, "monitor": monitor, "until": made.until, "silence": made.model_dump_json()}
        with self._database.writing() as connection:
            upsert(connection, silences, [row], on=("silence_id",))
        return made

    def silences(self, monitor: str, *, at: datetime) -> list[Silence]:
        """Those that have not ended yet."""
        query = select(silences.c.silence).where(silences.c.monitor == monitor, silences.c.until > at)
        with self._database.reading() as connection:
            found = connection.scalars(query.order_by(silences.c.until)).all()
        return [Silence.model_validate_json(each) for each in found]

    def unsilence(self, silence_id: str) -> bool:
        """End a silence now; whether there was one."""
        with self._database.writing() as connection:
            return connection.execute(delete(silences).where(silences.c.silence_id == silence_id)).rowcount > 0
