"""Did a numeric feature's values spread out or draw together, wherever they lie?

Days may differ in location and yet be much alike in spread, so each day's rows are counted around the day's own centre.
If many rows share a value, a small move of the centre would count them all inside or all outside, so the rows of such a
feature are counted between fixed values.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

from windage.arrays import Floats
from windage.evidence.other_subjects import other_features
from windage.evidence.seasons import same_season
from windage.evidence.senders import kinship
from windage.evidence.shares import LEAST_EFFECT, Evidence, strongest
from windage.evidence.tallies import Counted, Tally, counted_between, hours_of, numeric_cuts
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile, once_per_window
from windage.stats.median import median

SHARE_OF_MOVES = 0.9
"""The fraction of a feature's false-alarm budget for moves up or down; the rest is for values that spread out or draw
together without moving, as when a feed changes its unit."""
MIDDLES = (0.05, 0.1, 0.2, 0.3, 0.4)
"""A middle is the central part of a distribution: of the reference's rows, this share lies below each, and as much
above."""
_EDGES = (*MIDDLES, *(1 - each for each in MIDDLES))
_INNER = tuple(k / 20 for k in range(4, 17))


def or_spread(
    moved: Evidence,
    name: str,
    reference: WindowProfile,
    current: WindowProfile,
    *,
    left_out: Container[int],
) -> Evidence:
    """The statistics of a move, or those of a changed middle if these are surer. ``widening`` is added: the change of
    cumulative shares that is not a move, above 0 if values spread out to both sides, below 0 if they drew together."""
    before, now = reference.numeric[name], current.numeric[name]
    widening = _widening(before, now, numeric_cuts(summary(reference, name), now))
    alone = {**moved, "p_value": min(moved["p_value"] / SHARE_OF_MOVES, 1.0), "widening": widening}
    middles = _around(name, reference, current, left_out=left_out)
    is_around = middles is not None
    if middles is None:
        if abs(widening) < LEAST_EFFECT / 2:
            return alone
        low, high = np.split(summary(reference, name).quantile(*_EDGES), 2)
        middles = counted_between(name, low, np.nextafter(high, np.inf), left_out=left_out)
    elif not _is_changed(middles, current):
        return alone
    middle = strongest(
        reference,
        current,
        middles,
        least=2 * LEAST_EFFECT,
        prior=other_features(reference, hours_of(current)),
        kinship=kinship(reference).get(name),
    )
    spread = min(middle["p_value"] / (1 - SHARE_OF_MOVES), 1.0) if middle else 1.0
    if spread >= alone["p_value"] or middle["effect"] < 2 * LEAST_EFFECT:
        return alone
    days = _days(name, reference, left_out)
    if is_around and _is_centre_alone(name, days, current, gained=middle["move"]):
        return alone
    # A middle gains or loses rows on both sides, so one cumulative share moves by at least half of its change.
    halved = {key: middle[key] / 2 for key in ("move", "effect", "effect_least", "deviation")}
    if moved["effect_least"] >= halved["effect_least"]:  # a move says more than a change of spread
        return {**alone, "p_value": spread}
    return {**middle, **halved, "p_value": spread, "widening": -halved["move"]}


def _around(name: str, reference: WindowProfile, current: WindowProfile, *, left_out: Container[int]) -> Counted | None:
    """Counts the rows between pairs of values at the usual day's distances from each day's own centre; None if many
    rows share a value, as when a sensor is at its limit."""
    days = _days(name, reference, left_out)
    windows = (reference, *(day for day in current.days if _holds(day, name)))
    quantiles = [summary(each, name).quantiles[1:-1] for each in windows]
    if not days or not all((each[1:] > each[:-1]).all() for each in quantiles):
        return None
    usual = _edges(name, days)

    def count(day: WindowProfile) -> Tally | None:
        if id(day) in left_out or not _holds(day, name):
            return None
        profile = day.numeric[name]
        return Tally(_rows_between(profile, _centre(day, name) + usual), profile.finite)

    return count


def _days(name: str, reference: WindowProfile, left_out: Container[int]) -> list[WindowProfile]:
    return [day for day in reference.days if id(day) not in left_out and _holds(day, name)]


def _edges(name: str, days: Sequence[WindowProfile]) -> Floats:
    """The edges of the middles on the median day."""
    return median([_edges_of(day, name) for day in days])


@once_per_window
def _edges_of(day: WindowProfile, name: str) -> Floats:
    """The edges of a day's middles, relative to its centre."""
    return summary(day, name).quantile(*_EDGES) - _centre(day, name)


def _is_centre_alone(name: str, days: Sequence[WindowProfile], current: WindowProfile, *, gained: float) -> bool:
    """Whether the middles changed only because the day's centre moved.

    If values lie in two clusters and one of them grew, the centre moves although no value does. Rows that the middles
    lost are then still around the usual centre of the season's days, and rows that they gained lay at the same place on
    those days. A real change shows there at least half as strongly.
    """
    edges, least, alike = _edges(name, days), abs(gained) / 2, same_season(days, current)
    if gained < 0:
        usual_centre = float(median([_centre(day, name) for day in alike]))
        usual = median([_share_between(day.numeric[name], _centre(day, name) + edges) for day in alike])
        change = usual - _share_between(current.numeric[name], usual_centre + edges)
    else:
        centre = float(np.mean([_centre(day, name) for day in current.days if _holds(day, name)]))
        before = np.mean([_share_between(day.numeric[name], centre + edges) for day in alike], axis=0)
        change = _share_between(current.numeric[name], centre + edges) - before
    return not (change >= least).any()


def _share_between(profile: NumericProfile, edges: Floats) -> Floats:
    return np.asarray(_rows_between(profile, edges) / profile.finite)


def _rows_between(profile: NumericProfile, edges: Floats) -> Floats:
    """The number of rows between pairs of values; the first half of ``edges`` are the lower ends."""
    low, high = np.split(edges, 2)
    below = np.mean(profile.rows_below(np.concatenate([low, np.nextafter(high, np.inf)])), axis=0)
    return np.asarray(below[low.size :] - below[: low.size])


def _holds(day: WindowProfile, name: str) -> bool:
    return name in day.numeric and day.numeric[name].finite > 0


@once_per_window
def _centre(day: WindowProfile, name: str) -> float:
    """The mean of the inner quantiles, which a few extreme values do not move."""
    return float(summary(day, name).quantile(*_INNER).mean())


def _is_changed(middles: Counted, current: WindowProfile) -> bool:
    """Whether any middle of the current window holds enough more or fewer rows than on a usual day to matter."""
    found = [counted for day in current.days if (counted := middles(day)) is not None]
    if not found:
        return False
    shares = sum(each.hits for each in found) / sum(each.rows for each in found)
    return bool((np.abs(shares - (1 - 2 * np.array(MIDDLES))) >= LEAST_EFFECT).any())


def _widening(reference: NumericProfile, current: NumericProfile, cuts: Floats) -> float:
    """The smaller of the largest rise and the largest fall of cumulative shares."""
    before, now = (np.mean(each.rows_below(cuts), axis=0) / each.finite for each in (reference, current))
    change = now - before
    size = min(max(float(change.max()), 0.0), max(-float(change.min()), 0.0))
    return size if change.argmax() < change.argmin() else -size
