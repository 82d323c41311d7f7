"""Policies as the bench runs them: days become profiles, and a day is judged against the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from judge import REFERENCE, Judge, Past, Today
from peer import by_peer
from peer import judges as peer_judges

from windage.checks import discovered
from windage.checks.check import Check
from windage.evidence.day_spans import of_other_days
from windage.evidence.seasons import as_lived
from windage.partitions.frames import FrameRows, profile_frame
from windage.policy import PRESETS, Policy
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.ranks import RankProfile
from windage.profiles.scores import surest_classes
from windage.profiles.window import WindowProfile
from windage.verdict.attribution import RowsToSplit, attribute, split_over_groups
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.vocabulary import DriftReport, Window
from world import Day

RESOLUTION = 4096


# ── Policies ──────────────────────────────────────────────────────────────────


def against_trailing(past: Sequence[Past], today: Today, *, policy: Policy, checks: Sequence[Check]) -> DriftReport:
    """Today against the last 28 days put together."""
    remembered = [each.profile for each in past if each.start >= today.start - REFERENCE]
    reference = WindowProfile.merge(of_other_days(remembered, today.profile))
    current = as_lived(reference, today.profile)
    results = [measure(check, reference, current, policy=policy) for check in checks]
    report = consolidate(results, checks, policy=policy, at=today.start + today.rows.width)
    if not report.alerts:
        return report
    rows = DayRows(today.rows)
    report = attribute(report, checks, (reference, current), rows=rows, users=today.rows.users)
    if not policy.knows_days:
        return report
    return split_over_groups(
        report,
        checks,
        (reference, current),
        RowsToSplit(
            current=rows,
            reference={
                each.start: partial(DayRows, each.rows) for each in past if each.start >= today.start - REFERENCE
            },
            columns=["user"],
            users="user",
        ),
        policy=policy,
    )


class DayRows(FrameRows):
    """A day's rows as attribution reads them, grouped by their users."""

    def __init__(self, day: Day) -> None:
        super().__init__(frame(day), day.labels.tolist(), day.probabilities)
        self._users = day.users

    def groups(self, column: str) -> tuple[list[str], npt.NDArray[np.int64]]:  # noqa: ARG002 — users are the only groups
        names, index = np.unique(self._users, return_inverse=True)
        return names.tolist(), index


def judges() -> Mapping[str, Judge]:
    """A judge for every preset that windage has, and for every peer that is installed."""
    checks = [check() for check in discovered().values() if check.by_default]
    own = {name: partial(against_trailing, policy=preset(), checks=checks) for name, preset in PRESETS.items()}
    return {**own, **{name: partial(by_peer, peer=name, reach=REFERENCE) for name in peer_judges()}}


# ── Days to profiles ──────────────────────────────────────────────────────────


def frame(day: Day) -> pd.DataFrame:
    return pd.DataFrame({**day.numeric, **day.categorical}, copy=False)


def profile(day: Day) -> WindowProfile:
    """The day's profile with every part made now, as the cache would hand it out.

    A day of fewer rows than the resolution keeps every value either way, and without weights it is judged faster.
    """
    resolution = RESOLUTION if day.rows > RESOLUTION else None
    live = profile_frame(
        frame(day),
        numeric=day.numeric,
        labels=day.labels.tolist(),
        probabilities=day.probabilities,
        where="the day",
        resolution=resolution,
    )
    return replace(
        live,
        numeric=dict(live.numeric),
        categorical={name: CategoricalProfile.of(values) for name, values in day.categorical.items()},
        confidence=NumericProfile.of(day.probabilities.max(axis=1), resolution=resolution, reuse=True),
        users=CategoricalProfile.of(day.users),
        surest=surest_classes(day.labels, day.probabilities),
        period=Window(start=day.start, end=day.start + day.width),
        ranks=RankProfile.of(day.numeric, day.users) if day.rows else None,
        first_at=_moment(day.times[0]) if day.rows else None,
        last_at=_moment(day.times[-1]) if day.rows else None,
    )


def _moment(when: np.datetime64) -> datetime:
    return datetime.fromtimestamp(int(when.astype("datetime64[s]").astype(np.int64)), tz=UTC)
