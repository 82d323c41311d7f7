"""Did a numeric feature's values spread out or draw together, wherever they lie?

Days that differ in where a feature lies may be much alike in how far it spreads: so each day's rows are counted around
the day's own centre. That takes a feature without a value that many rows share, which a centre that moves a little
would count now within and now without; of any other, rows are counted between fixed values.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

from windage.arrays import Floats
from windage.evidence.counted import Counted, counted_between, numeric_cuts
from windage.evidence.other_subjects import other_features
from windage.evidence.senders import kinship
from windage.evidence.shares import LEAST_EFFECT, strongest
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile

SHARE_OF_MOVES = 0.9
"""The part of a feature's false-alarm budget that moves up or down have; the rest is for values that spread out or draw
together without moving, as when a feed changes its unit."""
MIDDLES = (0.05, 0.1, 0.2, 0.3, 0.4)
"""Of the reference's rows so many lie below the middles that are looked at, and as many above."""
_EDGES = (*MIDDLES, *(1 - each for each in MIDDLES))
_INNER = tuple(k / 20 for k in range(4, 17))


def or_spread(
    moved: dict[str, float | None],
    name: str,
    reference: WindowProfile,
    current: WindowProfile,
    *,
    left_out: Container[int],
) -> dict[str, float | None]:
    """The finding of a move, or that of a changed middle if this is the surer one; with ``widening``, the change of
    cumulative shares that is no move: above 0 if values spread out to both sides, below 0 if they drew together."""
    before, now = reference.numeric[name], current.numeric[name]
    widening = _widening(before, now, numeric_cuts(summary(reference, name)))
    alone = {**moved, "p_value": min((moved["p_value"] or 0.0) / SHARE_OF_MOVES, 1.0), "widening": widening}
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
        prior=other_features(reference),
        kinship=kinship(reference).get(name),
    )
    spread = min((middle.get("p_value") or 0.0) / (1 - SHARE_OF_MOVES), 1.0) if middle else 1.0
    if spread >= (alone["p_value"] or 0.0) or (middle["effect"] or 0.0) < 2 * LEAST_EFFECT:
        return alone
    days = _days(name, reference, left_out)
    if is_around and _is_centre_alone(name, days, reference, current, gained=middle["move"] or 0.0):
        return alone
    # What the middle gains or loses comes from both sides: one cumulative share moves by half of it at least.
    halved = {key: (middle[key] or 0.0) / 2 for key in ("move", "effect", "effect_least", "deviation")}
    if (moved["effect_least"] or 0.0) >= halved["effect_least"]:  # where values went says more than how close they are
        return {**alone, "p_value": spread}
    return {**middle, **halved, "p_value": spread, "widening": -halved["move"]}


def _around(name: str, reference: WindowProfile, current: WindowProfile, *, left_out: Container[int]) -> Counted | None:
    """Rows between pairs of values that lie around each day's centre as on the reference's usual day; None if many rows
    share a value, as when a sensor is at its end."""
    days = _days(name, reference, left_out)
    windows = (reference, *(day for day in current.days if _holds(day, name)))
    quantiles = [summary(each, name).quantiles[1:-1] for each in windows]
    if not days or not all((each[1:] > each[:-1]).all() for each in quantiles):
        return None
    usual = _edges(name, days)

    def count(day: WindowProfile) -> tuple[Floats, int] | None:
        if id(day) in left_out or not _holds(day, name):
            return None
        profile = day.numeric[name]
        return _rows_between(profile, _centre(day, name) + usual), profile.finite

    return count


def _days(name: str, reference: WindowProfile, left_out: Container[int]) -> list[WindowProfile]:
    return [day for day in reference.days if id(day) not in left_out and _holds(day, name)]


def _edges(name: str, days: Sequence[WindowProfile]) -> Floats:
    """Where the edges of the middles lie on a usual day, relative to its centre."""
    return np.asarray(np.median([summary(day, name).quantile(*_EDGES) - _centre(day, name) for day in days], axis=0))


def _is_centre_alone(
    name: str, days: Sequence[WindowProfile], reference: WindowProfile, current: WindowProfile, *, gained: float
) -> bool:
    """Whether the middles changed only because the day's centre moved.

    Of values in two clusters, one of which grew, the centre moves although no value does. The rows that the middles lack
    are then still around the usual day's centre, and the rows that they gained lay there on other days as well. Of a real
    change at least half shows in both comparisons.
    """
    edges, least = _edges(name, days), abs(gained) / 2
    if gained < 0:
        usual_centre = float(np.median([_centre(day, name) for day in days]))
        change = 1 - 2 * np.array(MIDDLES) - _share_between(current.numeric[name], usual_centre + edges)
    else:
        centre = float(np.mean([_centre(day, name) for day in current.days if _holds(day, name)]))
        before, now = (_share_between(each.numeric[name], centre + edges) for each in (reference, current))
        change = now - before
    return not (change >= least).any()


def _share_between(profile: NumericProfile, edges: Floats) -> Floats:
    return np.asarray(_rows_between(profile, edges) / profile.finite)


def _rows_between(profile: NumericProfile, edges: Floats) -> Floats:
    """Rows between pairs of values; the first half of the edges are the lower ends."""
    low, high = np.split(edges, 2)
    below = np.mean(profile.rows_below(np.concatenate([low, np.nextafter(high, np.inf)])), axis=0)
    return np.asarray(below[low.size :] - below[: low.size])


def _holds(day: WindowProfile, name: str) -> bool:
    return name in day.numeric and day.numeric[name].finite > 0


def _centre(day: WindowProfile, name: str) -> float:
    """The mean of the inner quantiles, which a few far values do not move."""
    return float(summary(day, name).quantile(*_INNER).mean())


def _is_changed(middles: Counted, current: WindowProfile) -> bool:
    """Whether the current window's middles hold so much more or less than a usual day's that it may matter."""
    found = [counted for day in current.days if (counted := middles(day)) is not None]
    if not found:
        return False
    shares = sum(hits for hits, _ in found) / sum(rows for _, rows in found)
    return bool((np.abs(shares - (1 - 2 * np.array(MIDDLES))) >= LEAST_EFFECT).any())


def _widening(reference: NumericProfile, current: NumericProfile, cuts: Floats) -> float:
    """The smaller of the largest rise and the largest fall of cumulative shares."""
    before, now = (np.mean(each.rows_below(cuts), axis=0) / each.finite for each in (reference, current))
    change = now - before
    size = min(max(float(change.max()), 0.0), max(-float(change.min()), 0.0))
    return size if change.argmax() < change.argmin() else -size
