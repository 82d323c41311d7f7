"""Rank correlations between a partition's features, and the rank sums of its users.

Ranks are taken within one partition, so a shift of the whole day changes none of this: what remains is how users differ
from each other and which columns move together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from windage.arrays import Bools, Floats, Texts

MOST_ROWS = 20_000
"""A larger partition is sampled to about so many rows, which do not depend on the rows' order."""
MOST_FEATURES = 64
"""Features whose correlations are kept, the first of the log: correlations grow with the square of their number."""
MOST_USERS = 256
"""Users whose ranks are kept, those with the most rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RankProfile:
    """Ranks of one partition's (sampled) rows.

    ``correlations`` are Spearman's between the first ``len(correlations)`` of ``features``, NaN where a column does not
    vary. ``values[u, f]`` is the number of user ``u``'s values of feature ``f``, and ``rank_sums[u, f]`` the sum of
    their centred mid-ranks, each in (−½, ½).
    """

    features: tuple[str, ...]
    rows: int
    correlations: Floats
    users: tuple[str, ...]
    values: Floats
    rank_sums: Floats

    @classmethod
    def of(cls, columns: Mapping[str, Floats], users: Texts | None) -> RankProfile:
        """Summarise columns of equal length, NaN for a null; users as text, None for a null."""
        named = np.zeros(0, np.bool_) if users is None else np.asarray(users != None)  # noqa: E711 — element by element
        # Without users, only the columns whose correlations are kept need ranks.
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

    @classmethod
    def merge(cls, parts: Sequence[RankProfile]) -> RankProfile:
        """The parts of one day: ranks stay those within each part, and correlations are the mean over all rows. Parts
        with other features than the last one are left out."""
        same = [part for part in parts if part.features == parts[-1].features]
        rows = np.array([part.rows for part in same], dtype=np.float64)
        each = np.array([part.correlations for part in same])
        weights = rows[:, None, None] * ~np.isnan(each)
        with np.errstate(invalid="ignore"):
            correlations = (weights * np.nan_to_num(each)).sum(axis=0) / weights.sum(axis=0)
        names, index = np.unique([name for part in same for name in part.users], return_inverse=True)
        values, sums = (np.zeros((names.size, len(same[0].features))) for _ in range(2))
        np.add.at(values, index, np.concatenate([part.values for part in same]))
        np.add.at(sums, index, np.concatenate([part.rank_sums for part in same]))
        kept = np.sort(np.argsort(-values.max(axis=1, initial=0), kind="stable")[:MOST_USERS])
        return cls(
            features=same[0].features,
            rows=int(rows.sum()),
            correlations=correlations,
            users=tuple(names[kept].tolist()),
            values=values[kept],
            rank_sums=sums[kept],
        )

    def by_user(self, users: Sequence[str], features: Sequence[str]) -> tuple[Floats, Floats]:
        """``values`` and ``rank_sums`` of these users and features, 0 where this profile has none."""
        (rows, own_rows), (columns, own_columns) = _shared(users, self.users), _shared(features, self.features)
        to, of = np.ix_(rows, columns), np.ix_(own_rows, own_columns)
        values, sums = np.zeros((2, len(users), len(features)))
        values[to], sums[to] = self.values[of], self.rank_sums[of]
        return values, sums

    def correlations_of(self, features: Sequence[str]) -> Floats:
        """The correlations between these features, NaN where this profile has none."""
        to, of = _shared(features, self.features[: len(self.correlations)])
        matrix = np.full((len(features), len(features)), np.nan)
        matrix[np.ix_(to, to)] = self.correlations[np.ix_(of, of)]
        return matrix

    def mean_rank(self, users: Collection[str], feature: str) -> float | None:
        """The mean centred mid-rank of these users' values; None if they have none."""
        if feature not in self.features:
            return None
        own, k = [user in users for user in self.users], self.features.index(feature)
        values = float(self.values[own, k].sum())
        return float(self.rank_sums[own, k].sum()) / values if values else None


def _shared(names: Sequence[str], own: Sequence[str]) -> tuple[list[int], list[int]]:
    """The places in both of the names that both have."""
    at = {name: k for k, name in enumerate(own)}
    found = [(k, at[name]) for k, name in enumerate(names) if name in at]
    return [k for k, _ in found], [k for _, k in found]


def twice_mid_ranks(values: Floats) -> Floats:
    """Twice the centred mid-rank of each value among those that are not NaN; 0 for NaN. Twice, so that they are
    integers and their sums exact in any order."""
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
    """The correlation of the ranks of each pair of columns, over the rows that hold both."""
    together = ranked.T @ ranked
    own = (ranked**2).T @ known.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(together / np.sqrt(own * own.T))


def _by_user(ranked: Floats, known: Bools, users: Texts) -> tuple[tuple[str, ...], Floats, Floats]:
    """The users with the most rows; for each of them and each column, the number and the rank sum of the values."""
    names, index, sizes = np.unique(users.astype(np.str_), return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-sizes, kind="stable")[:MOST_USERS])
    values, sums = (
        np.column_stack([np.bincount(index, column, names.size).astype(np.float64) for column in part.T])[kept]
        for part in (known.astype(np.float64), ranked)
    )
    return tuple(names[kept].tolist()), values, sums
