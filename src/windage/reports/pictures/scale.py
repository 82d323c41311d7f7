"""Positions on a chart's axes, which stay finite and readable whatever the values are."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from windage.reports.formats import count
from windage.vocabulary import Picture

_FURTHEST = 1e300
_MOST_LABELS = 6


def usable_bins(picture: Picture) -> bool:
    shares = (*picture.reference_shares, *picture.current_shares)
    return len(picture.edges) == len(picture.reference_shares) + 1 == len(picture.current_shares) + 1 > 1 and all(
        map(math.isfinite, shares)
    )


def usable_ecdf(picture: Picture) -> bool:
    shares = (*picture.reference_ecdf, *picture.current_ecdf)
    return len(picture.ecdf_x) == len(picture.reference_ecdf) == len(picture.current_ecdf) > 0 and all(
        map(math.isfinite, shares)
    )


def edge_labels(edges: Sequence[float]) -> tuple[list[int], list[str]]:
    """The positions and labels of a few edges. Bins are drawn with equal widths; the outermost are open."""
    every = math.ceil((len(edges) - 2) / _MOST_LABELS) or 1
    places = [place for place in range(1, len(edges) - 1) if (place - 1) % every == 0 and math.isfinite(edges[place])]
    return places, [label(edges[place]) for place in places]


def label(value: float) -> str:
    """Three significant digits, with a power of ten only where digits would be too many to read.

    >>> label(0.6119), label(659.4), label(33812.0), label(3.2e12)
    ('0.612', '659', '33\u202f800', '3.2e+12')
    """
    text = f"{value:.3g}"
    return count(round(float(text))) if 1000 <= abs(value) < 1e9 else text


def on_axis(value: float) -> float:
    return min(max(value, -_FURTHEST), _FURTHEST)


def is_to_scale(picture: Picture) -> bool:
    """Whether the bins are finite and equally wide, so that they can share the axis of the ECDF."""
    if not usable_bins(picture):
        return False
    widths = [after - before for before, after in pairwise(map(on_axis, picture.edges))]
    within = max(abs(edge) for edge in picture.edges) <= _FURTHEST
    return within and min(widths) > 0 and max(widths) - min(widths) <= 1e-6 * max(widths)


def axis_reach(picture: Picture) -> tuple[float, float]:
    """The ends of the axis: those of the bins if these are to scale, else those of the support points. ``ks_at`` always
    lies within."""
    if is_to_scale(picture):
        ends = [picture.edges[0], picture.edges[-1]]
    else:
        ends = [on_axis(min(picture.ecdf_x, default=0.0)), on_axis(max(picture.ecdf_x, default=0.0))]
    if picture.ks_at is not None:
        ends.append(on_axis(picture.ks_at))
    margin = (max(ends) - min(ends)) * 0.03 or max(abs(ends[0]) * 0.5, 0.5)
    return min(ends) - margin, max(ends) + margin


def steps(
    points: Sequence[float], shares: Sequence[float], reach: tuple[float, float]
) -> tuple[list[float], list[float]]:
    """The points of a right-continuous step function from the left end of the axis to its right end."""
    return [reach[0], *map(on_axis, points), reach[1]], [0.0, *shares, shares[-1]]


def share_at(picture: Picture, value: float) -> tuple[float, float]:
    """Both ECDFs at a value."""
    place = bisect_right(picture.ecdf_x, value)
    return (picture.reference_ecdf[place - 1], picture.current_ecdf[place - 1]) if place else (0.0, 0.0)
