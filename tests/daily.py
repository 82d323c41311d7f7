"""Builders of small days and windows, and helpers to judge them, by default under the calibrated policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from windage.checks import discovered
from windage.partitions.sampling import row_hashes
from windage.policy import CalibratedPolicy, Policy
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.ranks import RankProfile
from windage.profiles.sample import RowSample
from windage.profiles.scores import ScoreProfile, surest_classes
from windage.profiles.window import WindowProfile
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.vocabulary import DriftReport, Window

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
FOUR_WEEKS = range(28)
"""A reference from a Monday to a Sunday; the day after it is a Monday again."""
REJECT = "Mixed/Unknown"

Columns = Mapping[str, Any]
Make = Callable[[np.random.Generator, int], Columns]


def day(
    at: int,
    *,
    numeric: Mapping[str, Any] | None = None,
    categorical: Mapping[str, Any] | None = None,
    labels: Sequence[Any] | None = None,
    probabilities: Any = None,
    confidence: Any = None,
    users: Sequence[str] | None = None,
    schema: Mapping[str, str] | None = None,
    ends: float = 23.5,
    rows: int | None = None,
    a_day: int = 1,
) -> WindowProfile:
    """One day's profile, ``at`` days after a Monday. NaN means missing in a numeric column, None in others.

    ``confidence`` defaults to the largest probability; ``ends`` is the hour of the last row. With several windows ``a_day``,
    ``at`` counts windows, and their hours are that much shorter.
    """
    numbers = {name: NumericProfile.of(np.asarray(values, dtype=float)) for name, values in (numeric or {}).items()}
    texts = {name: CategoricalProfile.of(list(values)) for name, values in (categorical or {}).items()}
    known = None if labels is None else CategoricalProfile.of(list(labels))
    scores = None if probabilities is None else ScoreProfile.of(np.asarray(probabilities, dtype=float))
    if confidence is None and probabilities is not None:
        confidence = np.asarray(probabilities, dtype=float).max(axis=1)
    sure = None if confidence is None else NumericProfile.of(np.asarray(confidence, dtype=float))
    sizes = [
        each.rows
        for each in (*numbers.values(), *texts.values(), *([known] if known else []), *([sure] if sure else []))
    ]
    return WindowProfile(
        rows=(max(sizes) if sizes else len(probabilities)) if rows is None else rows,
        numeric=numbers,
        categorical=texts,
        labels=known,
        scores=scores,
        confidence=sure,
        users=None if users is None else CategoricalProfile.of(list(users)),
        surest={}
        if labels is None or probabilities is None
        else surest_classes(np.array(labels, dtype=object), np.asarray(probabilities)),
        ranks=_ranks(numeric or {}, users),
        sample=None if users is None or not numeric else lambda: _sample(numeric, users),
        first_at=MONDAY + timedelta(days=at, hours=6) / a_day,
        last_at=MONDAY + timedelta(days=at, hours=ends) / a_day,
        period=Window(start=MONDAY + timedelta(days=at) / a_day, end=MONDAY + timedelta(days=at + 1) / a_day),
        schema={**dict.fromkeys(numbers, "double"), **dict.fromkeys(texts, "string")} if schema is None else schema,
    )


def _ranks(numeric: Mapping[str, Any], users: Sequence[str] | None) -> RankProfile | None:
    columns = {name: np.asarray(values, dtype=float) for name, values in numeric.items()}
    if len({values.size for values in columns.values()}) != 1:
        return None
    return RankProfile.of(columns, None if users is None else np.array(users, dtype=object))


def _sample(numeric: Mapping[str, Any], users: Sequence[str]) -> RowSample:
    values = np.column_stack([np.asarray(each, dtype=float) for each in numeric.values()])
    order = np.argsort(
        row_hashes([np.ascontiguousarray(column) for column in values.T])
    )  # the order in which a log's rows are sampled
    return RowSample(features=tuple(numeric), values=values[order], users=np.array(users, dtype=object)[order])


def days(which: Iterable[int], make: Make, *, seed: int = 1, **others: Make) -> list[WindowProfile]:
    """A day for each number; ``others`` replace ``make`` for single days, as in ``d3=outage``. A day's values depend only on
    its number and ``seed``."""
    return [day(at, **others.get(f"d{at}", make)(np.random.default_rng([seed, at]), at)) for at in which]


def window(which: Iterable[int], make: Make, *, seed: int = 1, **others: Make) -> WindowProfile:
    return WindowProfile.merge(days(which, make, seed=seed, **others))


def labelled(share: float, *, rows: int = 400) -> Make:
    """Days with exactly this share of the label ``a``, and ``b`` otherwise."""
    hits = round(share * rows)
    return lambda rng, at: {"labels": ["a"] * hits + ["b"] * (rows - hits)}


def judge(
    reference: WindowProfile, current: WindowProfile, *, policy: Policy | None = None, only: str | None = None
) -> DriftReport:
    """The report of all default checks that the reference has columns for, or of ``only`` one check."""
    policy = policy or CalibratedPolicy()
    needed = {
        "numeric": bool(reference.numeric),
        "categorical": bool(reference.categorical),
        "labels": reference.labels is not None,
        "probabilities": reference.scores is not None,
        "predictions": reference.labels is not None and reference.scores is not None,
        "confidence": reference.confidence is not None,
        "users": reference.users is not None,
        "columns": bool(reference.numeric or reference.categorical),
        "numbers": bool(reference.numeric or reference.scores or reference.confidence),
        "times": True,
        "answers": current.realised is not None,
        "rows": True,
    }
    checks = [
        kind()
        for name, kind in sorted(discovered().items())
        if needed[kind.needs] and policy.asks(kind) and (only == name or (only is None and kind.by_default))
    ]
    results = [measure(each, reference, current, policy=policy) for each in checks]
    broken = {each.check: each.error for each in results if each.error}
    assert not broken, broken
    return consolidate(results, checks, policy=policy, at=MONDAY)


def told(report: DriftReport) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each alert as (trigger, severity, affected features), sorted."""
    return sorted((str(each.trigger), each.severity, tuple(each.affected_features)) for each in report.alerts)


def outcomes(report: DriftReport) -> dict[str, str]:
    return {name: str(each.outcome) for name, each in report.outcomes.items()}
