"""Whose rows carry a change: an exact, additive split over groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SHARE_EXPLAINED = 0.8
LEAST_SHARE = 0.05
LEAST_ROWS = 15
MOST_LISTED = 50


def largest_contributors(excess: npt.NDArray[np.float64], groups: npt.NDArray[np.object_]) -> list[str]:
    """The groups whose rows make up most of a positive change, the largest first.

    ``excess[i]`` is what row i adds to the change; a group's contribution is the sum over its rows, and all
    contributions add up to the change itself. Groups are listed until they explain 80 % of the positive total, each
    with at least 5 % of it and 15 rows; at most 50. Rows of the group None belong to no group: their part of the total
    is nobody's.
    """
    known = np.asarray(groups != None)  # noqa: E711 — element by element
    names, index, sizes = np.unique(groups[known].astype(np.str_), return_inverse=True, return_counts=True)
    contributions = np.bincount(index, weights=excess[known], minlength=names.size)
    total = float(contributions[contributions > 0].sum()) + max(float(excess[~known].sum()), 0.0)
    listed: list[str] = []
    explained = 0.0
    for k in np.argsort(-contributions, kind="stable")[:MOST_LISTED]:
        share = contributions[k] / total if total > 0 else 0.0
        if explained >= SHARE_EXPLAINED or share < LEAST_SHARE:
            break
        explained += share
        if sizes[k] >= LEAST_ROWS:
            listed.append(str(names[k]))
    return listed
