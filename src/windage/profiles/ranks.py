"""How a partition's features hang together and how its users differ, told by the ranks of values within the partition.

Ranks are taken inside one partition, so whatever moves a whole day moves none of this: what is left is who differs from
whom, and which columns go together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from windage.arrays import Bools, Floats, Texts

MOST_ROWS = 20_000
"""About so many rows are ranked of a larger partition, the same ones in whatever order they stand."""
MOST_FEATURES = 64
"""Features whose correlations are kept, the first of the log: their number grows with the square."""
MOST_USERS = 256
"""Users told apart, those with most rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RankProfile:
    """Of one partition's (sampled) rows.

    ``correlations`` is Spearman's between the first ``len(correlations)`` of ``features``, NaN where a column does not
    vary. ``values[u, f]`` counts user ``u``'s values of feature ``f``, and ``rank_sums[u, f]`` sums their mid-ranks, each
    in (−½, ½).
    """

    features: tuple[str, ...]
    rows: int
    correlations: Floats
    users: tuple[str, ...]
    values: Floats
    rank_sums: Floats

    @classmethod
    def of(cls, columns: Mapping[str, Floats], users: Texts | None) -> RankProfile:
        """Summarise columns of equal length, NaN where there is no value; users as text, None for nobody."""
        named = np.zeros(0, np.bool_) if users is None else np.asarray(users != None)  # noqa: E711 — element by element
        # Without users only those columns are ranked whose correlations are kept.
        ranking = list(columns.values()) if named.any() else list(columns.values())[:MOST_FEATURES]
        ranked = np.column_stack([twice_mid_ranks(values) for values in ranking])
        known = np.column_stack([~np.isnan(values) for values in ranking])
        names: tuple[str, ...] = ()
        values = sums = np.empty((0, len(columns)))
        if users is not None and named.any():
            names, values, sums = _by_user(ranked[named], known[named], users[named])
            sums = sums / (2 * np.maximum(known.sum(axis=0), 1))
        return cls(
            features=tuple(columns),
            rows=len(ranked),
            correlations=_correlations(ranked[:, :MOST_FEATURES], known[:, :MOST_FEATURES]),
            users=names,
            values=values,
            rank_sums=sums,
        )


def twice_mid_ranks(values: Floats) -> Floats:
    """Twice the centred mid-rank of each value among the finite and infinite ones: whole numbers, so that sums of them
    are exact in any order. 0 for NaN."""
    known = np.flatnonzero(~np.isnan(values))
    order = np.argsort(values[known])
    ordered = values[known[order]]
    begins = np.append(True, ordered[1:] != ordered[:-1])[: ordered.size]
    first = np.flatnonzero(begins)
    group = np.cumsum(begins) - 1
    ranks = np.zeros(values.size)
    ranks[known[order]] = (first + np.append(first[1:], ordered.size))[group] - ordered.size
    return ranks


def _correlations(ranked: Floats, known: Bools) -> Floats:
    """Of every pair of columns over the rows that hold both."""
    together = ranked.T @ ranked
    own = (ranked**2).T @ known.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(together / np.sqrt(own * own.T))


def _by_user(ranked: Floats, known: Bools, users: Texts) -> tuple[tuple[str, ...], Floats, Floats]:
    """The users of most rows, and of each and every column how many values there are and the sum of their ranks."""
    names, index, sizes = np.unique(users.astype(np.str_), return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-sizes, kind="stable")[:MOST_USERS])
    values, sums = (
        np.column_stack([np.bincount(index, column, names.size).astype(np.float64) for column in part.T])[kept]
        for part in (known.astype(np.float64), ranked)
    )
    return tuple(names[kept].tolist()), values, sums
