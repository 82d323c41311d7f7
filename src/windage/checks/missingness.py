"""Are values of features or predictions missing more or less often than before?"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Literal

import numpy as np
from pydantic.dataclasses import dataclass

from windage.arrays import Bools, Floats
from windage.checks.check import (
    STRICT,
    Check,
    Conclusion,
    Family,
    Gate,
    Kind,
    Level,
    Need,
    Rows,
    Verdict,
    alerted_each,
    columns_measured,
    unmeasured,
)
from windage.evidence.day_spans import A_DAY, WEEK, settled_and_last
from windage.evidence.seasons import same_season
from windage.evidence.shares import by_rows_alone, share_before, strongest
from windage.evidence.tallies import FEW_ROWS, FEWEST_EXPECTED, NEARLY_ALL, Counted, Tally, broken_days
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile
from windage.stats.median import median
from windage.stats.outages import is_outage
from windage.vocabulary import DriftAlert, DriftTrigger, Measurement

KINDS: tuple[Kind, ...] = ("numeric", "categorical")
PARTS: Mapping[str, Literal["labels", "confidence", "users"]] = {
    "predicted label": "labels",
    "confidence": "confidence",
    "user": "users",
}
"""Other parts of a row that may be missing, by their names in reports; a feature of the same name takes precedence."""
WARNS_FROM = 0.05
MUCH_MISSING = 0.40
"""A rise is critical only if at least this share is missing after it."""
HARDLY_ANY = 0.2
"""Hardly any values are fewer than this part of those that even the poorest other day would give."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Missingness(Check):
    """Are values of features or predictions missing more or less often than before?

    The share of rows in which a numeric feature or the confidence is null or NaN, or a categorical feature, the
    predicted label or the user is null. Fewer missing values than usual alert too.
    """

    name: ClassVar[str] = "missingness"
    needs: ClassVar[Need] = "columns"
    by_column: ClassVar[bool] = True
    family: ClassVar[Family] = "inputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.missingness, "all_missing", "at least", NEARLY_ALL, "critical", certain=True),
        Gate(DriftTrigger.missingness, "rise_least", "at least", 0.30, "critical"),
        Gate(DriftTrigger.missingness, "effect", "at least", WARNS_FROM, "warning"),
    )

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        for kind in KINDS:
            yield from columns_measured(kind, reference, current, _measured)
        for name, part in _parts_asked(reference, current):
            if getattr(reference, part) is None or getattr(current, part) is None or part in current.faults:
                found = [getattr(each, part) for each in (reference, current)]
                before, now = (0 if each is None else each.rows for each in found)
                yield unmeasured(part, name, reference, current, rows=(before, now))
            else:
                yield _measured(name, reference, current)

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Missing values changed in")

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        (name,) = alert.affected_features
        before, now = (values_of(each, name) for each in (reference, current))
        if before is None or now is None or now is current.users:  # rows without a user are nobody's
            return np.zeros(current.rows)
        p, q = before.missing_share, now.missing_share
        return np.asarray(np.sign(q - p) * (_is_missing(rows, name, reference).astype(np.float64) - p))

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level:
        return missing_share_of(alert.affected_features[0])


def values_of(window: WindowProfile, name: str) -> NumericProfile | CategoricalProfile | None:
    """The profile of a feature or of another part of a row, by name."""
    for columns in (window.numeric, window.categorical):
        if name in columns:
            return columns[name]
    part: NumericProfile | CategoricalProfile | None = getattr(window, PARTS[name]) if name in PARTS else None
    return part


def missing_share_of(name: str) -> Level:
    """The share of a day's rows without a value; None for a day with few rows."""

    def level(day: WindowProfile) -> float | None:
        profile = values_of(day, name)
        return None if profile is None or day.rows < FEW_ROWS else profile.missing_share

    return level


def _parts_asked(*windows: WindowProfile) -> list[tuple[str, str]]:
    """The parts (name, field) that were asked about and that a window has or should have."""
    features = {name for kind in KINDS for each in windows for name in getattr(each, kind)}
    asked = windows[-1].asked
    return [
        (name, part)
        for name, part in PARTS.items()
        if name not in features
        and (asked is None or name in asked)
        and any(getattr(each, part) is not None or part in each.faults for each in windows)
    ]


def _measured(name: str, reference: WindowProfile, current: WindowProfile) -> Measurement:
    is_numeric = name in reference.numeric
    before = summary(reference, name) if is_numeric else values_of(reference, name)
    now = values_of(current, name)
    if before is None or now is None:
        return Measurement(subject=name)
    values: dict[str, float | None] = {"ref_share": before.missing_share, "cur_share": now.missing_share}
    usual = _usual_shares(name, reference, current)
    is_gone = _is_unusually_empty(usual, now)
    values["all_missing"] = now.missing_share if is_gone else None
    missing = _missing(name, broken_days(reference, name) if is_numeric else ())
    found = strongest(reference, current, missing, least=WARNS_FROM)
    if found:
        rising = found["move"] > 0
        values |= {
            **found,
            "rise_least": found["effect_least"] if rising and now.missing_share >= MUCH_MISSING else 0.0,
        }
        if not rising and not _is_usually_more(name, reference, current, now.missing_share):
            values |= {"p_value": 1.0, "effect": 0.0}
        settled, last = settled_and_last(reference, current)
        of_settled = _shares(name, settled)
        earlier = share_before(now.missing_share, found, of_settled)
        # Else the days that it was compared with may have had the outage too.
        is_known = last and max(earlier, *of_settled[-1:]) < NEARLY_ALL
        values["ref_share"] = float(median(usual)) if is_gone and not is_known else earlier
    elif now.missing_share > before.missing_share and now.missing_share >= MUCH_MISSING:
        values["rise_least"] = by_rows_alone(reference, current, missing).get("effect_least")
    return Measurement(subject=name, rows=(before.rows, now.rows), values=values)


def _shares(name: str, days: Sequence[WindowProfile]) -> list[float]:
    """The share of missing values on each of the days that have the column."""
    return [profile.missing_share for day in days if (profile := values_of(day, name)) is not None]


def _is_usually_more(name: str, reference: WindowProfile, current: WindowProfile, now: float) -> bool:
    """Whether the median day of today's season misses more values than today. If not, the nulls that vanished were only
    an outage, which may have touched most of the few days that a season has."""
    settled, _ = settled_and_last(reference, current)
    days = _shares(name, same_season(settled, current))
    return bool(days) and float(median(days)) - now >= WARNS_FROM / 2


def _is_missing(rows: Rows, name: str, reference: WindowProfile) -> Bools:
    is_feature = name in reference.numeric or name in reference.categorical
    if name in reference.numeric or (not is_feature and PARTS[name] == "confidence"):
        return np.isnan(rows.numbers(name) if is_feature else rows.confidence())
    return np.asarray((rows.texts(name) if is_feature else rows.labels()) == None)  # noqa: E711 — by element


def _usual_shares(name: str, reference: WindowProfile, current: WindowProfile) -> Sequence[float]:
    """The shares of the days without those that end with the latest day and lack all values: while these are the fewer,
    they are no evidence that a day without values is ordinary.

    All if they are more, as with a column that seldom comes, or if they ended long ago, as in a fixed reference.
    """
    shares = _shares(name, reference.days)
    first, latest = current.days[0].starts_at, reference.days[-1].starts_at
    if first is None or latest is None or first - latest > WEEK * A_DAY:
        return shares
    run = 0
    while run < len(shares) and shares[-1 - run] >= NEARLY_ALL:
        run += 1
    return shares if 2 * run > len(shares) else shares[: len(shares) - run]


def _is_unusually_empty(usual: Sequence[float], now: NumericProfile | CategoricalProfile) -> bool:
    """Whether today, if nearly without values, is unusual: it has enough rows, hardly any other day is like it, and
    hardly any of the values came that even the poorest other day would give."""
    empty = [place for place, share in enumerate(usual) if share >= NEARLY_ALL]
    if now.rows < FEW_ROWS or (empty and not is_outage(empty, of=len(usual))):
        return False
    poor = sorted(usual)[-(len(empty) + 1)] if len(usual) > len(empty) else 0.0
    expected = (1 - poor) * now.rows
    return expected >= FEWEST_EXPECTED and (1 - now.missing_share) * now.rows < HARDLY_ANY * expected


def _missing(name: str, left_out: Container[int]) -> Counted:
    def count(day: WindowProfile) -> Tally | None:
        profile = values_of(day, name)
        if profile is None or id(day) in left_out:
            return None
        return Tally(np.array([round(profile.missing_share * profile.rows)], dtype=np.float64), profile.rows)

    return count


CHECK = Missingness
