"""Did a feature change for single users only?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Bools, Floats, Ints
from windage.checks.check import (
    INCOMPARABLE,
    STRICT,
    Check,
    Conclusion,
    Family,
    Gate,
    Level,
    Need,
    NotAsked,
    Verdict,
    alerted_each,
)
from windage.checks.missingness import missing_share_of
from windage.evidence.day_spans import FEW, before_the_last
from windage.evidence.emptied_users import WIDELY_SHARED, emptied
from windage.evidence.seasons import ranks_of, same_season
from windage.evidence.shares import UNCALIBRATED
from windage.profiles.ranks import RankProfile
from windage.profiles.window import WindowProfile
from windage.stats.multiplicity import benjamini_hochberg
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.user_model import LEAST_ROWS, GroupShift, group_shift
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

UNUSUAL = 0.05
"""A user moved unusually if the p-value is below this."""
LEAST_MOVE = 0.20
LEVEL = 0.001
"""A user is named if the p-value times the number of users is below this."""
LEVEL_OF_KIN = 0.02
"""The false discovery rate at which further users of a feature are named once one user is, and at which all named users
together are named for other features. Source: Benjamini & Bogomolov (2014), selective inference on selected families."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Segment(Check):
    """Did a feature change for single users only?

    Compares the mean mid-rank of each user's values within a day, in (−½, ½), with the same user's earlier days, less
    the move of the usual user. A second comparison leaves out the last two days, which may be part of a fault. Users
    with fewer than 10 rows in a window are not judged; if two are left, both are named. Users who usually have values and
    now have none also alert. Not asked of a log whose users hardly ever have 10 rows, or hardly ever come again.
    """

    name: ClassVar[str] = "segment"
    needs: ClassVar[Need] = "users"
    family: ClassVar[Family] = "structure"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.missingness, "users_emptied", "at least", 1.0, "warning", certain=True, yes_or_no=True),
        Gate(DriftTrigger.segment, "rank_move", "at least", LEAST_MOVE, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        if fault := current.faults.get("users"):
            yield Measurement(subject="users", rows=(reference.rows, current.rows), error=fault)
            return
        now = current.days[-1].ranks
        days = ranks_of(reference.days, current)
        if now is None or len(days) < LEAST_DAYS:
            yield Measurement(
                subject="users", rows=(reference.rows, current.rows), unknown=UNCALIBRATED if now else INCOMPARABLE
            )
            return
        today, often = _with_many_rows(now), Counter(name for day in days for name in _with_many_rows(day))
        asked = {name for name in now.features if name in today or 2 * often[name] >= len(days)}
        if len(days) >= 2 * LEAST_DAYS:
            asked -= {name for name in _of_strangers(days, now) if 2 * often[name] >= len(days)}
        if not asked:
            raise NotAsked(f"user with {LEAST_ROWS} rows on most days like this")
        if not today:
            reason = f"no user has {LEAST_ROWS} rows in this window"
            yield Measurement(subject="users", rows=(reference.rows, current.rows), unknown=reason)
            return
        shift = _shift(days, now)
        settled = before_the_last(reference, current, most=FEW)
        if earlier := ranks_of(settled, current):
            shift = shift.or_surer(_shift(earlier, now))
        rows = (sum(day.rows for day in days), now.rows)
        measured = [
            _measured(name, now.users, shift.moved[:, k], shift.p_value[:, k], now.values[:, k] / now.rows, rows)
            for k, name in enumerate(now.features)
        ]
        looks = [same_season(some, current) for some in (settled, reference.days)]
        lost = {name: users for some in looks for name, users in emptied(some, current.days[-1]).items()}
        for each in _with_other_features(measured, now.users, shift):
            if each.subject in lost:
                yield _emptied(each, lost[each.subject])
            elif each.subject in asked or not each.unknown:
                yield each
            else:
                yield Measurement(
                    subject=each.subject, lacking=f"a user with {LEAST_ROWS} values on most days like this"
                )

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Single users changed in")

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        """The feature's missing share if users lost their values, else the mean rank of the users' values; of users who
        moved apart, how far they are from each other."""
        (name,) = alert.affected_features
        if alert.trigger is DriftTrigger.missingness:
            return missing_share_of(name)
        along, against = map(frozenset, apart(alert.details, alert.affected_user_ids))

        def level(day: WindowProfile) -> float | None:
            if day.ranks is None:
                return None
            one, other = (day.ranks.mean_rank(users, name) if users else 0.0 for users in (along, against))
            return None if one is None or other is None else one - other

        return level


def _with_many_rows(day: RankProfile) -> set[str]:
    """The features of which some user has enough values on the day."""
    most = day.values.max(axis=0, initial=0)
    return {name for name, values in zip(day.features, most.tolist(), strict=True) if values >= LEAST_ROWS}


def _of_strangers(days: Sequence[RankProfile], now: RankProfile) -> set[str]:
    """The features of which, on most days and today, no user has enough values who has them on enough days: users hardly
    ever come again, and none can be compared."""
    places = {user: k for k, user in enumerate(dict.fromkeys(user for day in [*days, now] for user in day.users))}

    def with_enough(day: RankProfile) -> tuple[list[int], Bools]:
        """The places of the day's users, and who has enough values of which feature."""
        return [places[user] for user in day.users], day.by_user(day.users, now.features)[0] >= LEAST_ROWS

    each = [with_enough(day) for day in days]
    often = np.zeros((len(places), len(now.features)), dtype=np.int64)
    for users, enough in each:
        often[users] += enough

    def comparable(users: list[int], enough: Bools) -> Bools:
        return np.asarray((enough & (often[users] >= LEAST_DAYS)).any(axis=0))

    seldom = 2 * sum(comparable(*day).astype(int) for day in each) < len(days)
    return {name for name, none in zip(now.features, seldom & ~comparable(*with_enough(now)), strict=True) if none}


def apart(details: Mapping[str, Any], users: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The users of an alert who moved the way that it tells, and those who moved the other way."""
    along = details.get("users_along")
    k = len(users) if not isinstance(along, int | float) else int(along)
    return users[:k], users[k:]


def _emptied(measured: Measurement, users: tuple[str, ...]) -> Measurement:
    """The measurement of a feature with users who lost all values; it replaces that of users who moved."""
    values = {"p_value": 1.0, "rank_move": 0.0, "users_emptied": float(len(users))}
    return measured.model_copy(update={"values": values, "users": users, "unknown": None})


def _shift(days: Sequence[RankProfile], now: RankProfile) -> GroupShift:
    values, sums = np.zeros((2, len(days), len(now.users), len(now.features)))
    for d, day in enumerate(days):
        values[d], sums[d] = day.by_user(now.users, now.features)
    return group_shift(values, sums, now.values, now.rank_sums)


def _measured(
    name: str, users: Sequence[str], moved: Floats, p_values: Floats, parts: Floats, rows: tuple[int, int]
) -> Measurement:
    """``parts`` are the users' rows with a value, as shares of today's rows."""
    known = ~np.isnan(p_values)
    active = int(known.sum())
    if not active:
        return Measurement(
            subject=name, rows=rows, unknown=f"no user has {LEAST_ROWS} rows with a value on enough days"
        )
    shared = float((p_values[known] < UNUSUAL).mean())
    also = known & (np.abs(np.nan_to_num(moved)) >= LEAST_MOVE)
    also[known] &= benjamini_hochberg(p_values[known]) < LEVEL_OF_KIN
    p_values = np.minimum(np.where(known, p_values, 1.0) * active, 1.0)
    moved = np.where(known, moved, 0.0)
    surely = np.flatnonzero((p_values < LEVEL) & (np.abs(moved) >= LEAST_MOVE))
    if shared > WIDELY_SHARED and surely.size != 1 and active != 2:
        return Measurement(subject=name, rows=rows, values={"p_value": 1.0, "rank_move": 0.0})
    named = np.union1d(surely, np.flatnonzero(also)) if surely.size else surely
    named = _both_of_two(named, known)
    strongest, along = _along_first(named[np.lexsort((-np.abs(moved[named]), p_values[named] >= LEVEL))], moved)
    k = int(strongest[0]) if strongest.size else int(p_values.argmin())
    values = {"p_value": float(p_values[k]), "rank_move": abs(float(moved[k])), "rank_change": float(moved[k])}
    return Measurement(
        subject=name,
        rows=rows,
        values={
            **values,
            "users_moved": float(strongest.size),
            "users_along": float(along),
            "their_part": float(parts[strongest].sum()),
        },
        users=tuple(users[each] for each in strongest),
    )


def _both_of_two(named: Ints, known: Bools) -> Ints:
    """The users; if only two can be compared, both: there is no usual user, and they only moved apart."""
    return np.flatnonzero(known) if named.size and known.sum() == 2 else named


def _along_first(strongest: Ints, moved: Floats) -> tuple[Ints, int]:
    """The users who moved the way of the first one, then the others; and how many the former are."""
    along = moved[strongest] * moved[strongest[:1]] > 0
    return np.concatenate([strongest[along], strongest[~along]]), int(along.sum())


def _with_other_features(
    measured: Sequence[Measurement], users: Sequence[str], shift: GroupShift
) -> Iterator[Measurement]:
    """The measurements, in which a user who is surely named for one feature is also named for others that changed."""
    surest: dict[str, float] = {}
    for each in measured:
        p_value = each.values.get("p_value")
        if p_value is not None and p_value < LEVEL:
            surest |= {user: min(p_value, surest.get(user, 1.0)) for user in each.users}
    others: dict[int, list[int]] = {}
    for u in (users.index(user) for user in surest):
        known = np.flatnonzero(~np.isnan(shift.p_value[u]))
        moved = benjamini_hochberg(shift.p_value[u, known]) < LEVEL_OF_KIN / len(surest)
        for k in known[moved & (np.abs(shift.moved[u, known]) >= LEAST_MOVE)]:
            others.setdefault(int(k), []).append(u)
    for k, each in enumerate(measured):
        if each.users or k not in others or each.unknown:
            yield each
            continue
        named = _both_of_two(np.array(others[k]), ~np.isnan(shift.p_value[:, k]))
        whose, along = _along_first(named[np.argsort(-np.abs(shift.moved[named, k]))], shift.moved[:, k])
        move = float(shift.moved[whose[0], k])
        values = {
            "p_value": min(surest[users[u]] for u in whose),
            "rank_move": abs(move),
            "rank_change": move,
            "users_moved": float(whose.size),
            "users_along": float(along),
        }
        yield Measurement(**{**dict(each), "values": values, "users": tuple(users[u] for u in whose)})


CHECK = Segment
