"""Whose rows carry a change: an exact, additive split over groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats, Ints, Texts

SHARE_EXPLAINED = 0.8
LEAST_SHARE = 0.05
LEAST_ROWS = 15
MOST_LISTED = 50


def largest_contributors(excess: Floats, groups: Texts) -> list[str]:
    """The groups whose rows make up most of a positive change, the largest first.

    ``excess[i]`` is what row i adds to the change; a group's contribution is the sum over its rows, and all
    contributions add up to the change itself. Groups are listed until they explain 80 % of the positive total, each
    with at least 5 % of it and 15 rows; at most 50. Rows of the group None belong to no group: their part of the total
    is nobody's.
    """
    known = np.asarray(groups != None)  # noqa: E711 — element by element
    names, index, sizes = np.unique(groups[known].astype(np.str_), return_inverse=True, return_counts=True)
    contributions = np.bincount(index, excess[known], names.size).astype(np.float64)
    return [str(names[k]) for k in largest(contributions, sizes, nobodys=float(excess[~known].sum()))]


def largest(contributions: Floats, sizes: Ints, *, nobodys: float = 0.0, kin: float = 1.0) -> list[int]:
    """Which contributions make up most of the positive total, ``nobodys`` part of it included; the largest first.

    With ``kin`` below 1, more follow while each is at least ``kin`` times the last that was needed: of five that are alike,
    four might be enough, but all five are listed.
    """
    total = float(contributions[contributions > 0].sum()) + max(nobodys, 0.0)
    listed: list[int] = []
    explained = least = 0.0
    for k in np.argsort(-contributions, kind="stable")[:MOST_LISTED]:
        share = contributions[k] / total if total > 0 else 0.0
        if share < max(LEAST_SHARE, least):
            break
        explained += share
        if sizes[k] >= LEAST_ROWS:
            listed.append(int(k))
        if not least and explained >= SHARE_EXPLAINED:
            least = share * kin if kin < 1 else np.inf
    return listed


class GroupSums(NamedTuple):
    """Rows and the sum of their scores by group; rows of no group stand last, after those of all names."""

    names: tuple[str, ...]
    rows: Floats
    sums: Floats

    @classmethod
    def of(cls, names: Sequence[str], index: Ints, scores: Floats) -> GroupSums:
        """``index[i]`` is row i's place in ``names``, or −1 for a row of no group."""
        at = np.where(index < 0, len(names), index)
        return cls(
            tuple(names),
            np.bincount(at, minlength=len(names) + 1).astype(np.float64),
            np.bincount(at, scores, len(names) + 1).astype(np.float64),
        )

    @classmethod
    def merge(cls, parts: Sequence[GroupSums]) -> GroupSums:
        names = tuple(dict.fromkeys(name for part in parts for name in part.names))
        return cls(names, *(sum((part.aligned(names)[k] for part in parts), np.zeros(len(names) + 1)) for k in (0, 1)))

    def aligned(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Rows and sums in the order of ``names``, nobody's last; 0 for a name that is not here."""
        known = {name: k for k, name in enumerate(self.names)}
        at = np.array([known.get(name, -1) for name in names] + [len(self.names)])
        absent = at < 0
        return np.where(absent, 0.0, self.rows[at]), np.where(absent, 0.0, self.sums[at])


class MixAndBehaviour(NamedTuple):
    """A change of a mean score, split exactly: Σ mix + Σ behaviour = ``total``. Nobody's part stands last.

    Source: Kitagawa (1955).
    """

    names: tuple[str, ...]
    rows: Floats
    mix: Floats
    behaviour: Floats
    total: float
    reference: tuple[Floats, Floats]
    current: tuple[Floats, Floats]

    @property
    def contribution(self) -> Floats:
        return self.mix + self.behaviour

    def without(self, groups: Sequence[int]) -> float:
        """The change of the mean score among the rows of all other groups; 0 where there are none."""
        kept = np.ones(len(self.names) + 1, dtype=bool)
        kept[list(groups)] = False
        rows, now = self.reference[0][kept].sum(), self.current[0][kept].sum()
        if not rows or not now:
            return 0.0
        return float(self.current[1][kept].sum() / now - self.reference[1][kept].sum() / rows)


def mix_and_behaviour(reference: GroupSums, current: GroupSums) -> MixAndBehaviour:
    """By group: (w′ − w)·s̄ because it has more or fewer rows, w′·(s̄′ − s̄) because its rows have another score.

    Scores are centred on the reference's mean. A group that the reference does not have is compared with that mean, 0.
    """
    names = tuple(dict.fromkeys([*reference.names, *current.names]))
    before, now = reference.aligned(names), current.aligned(names)
    shares = [rows / max(rows.sum(), 1.0) for rows, _ in (before, now)]
    means = [sums / np.maximum(rows, 1.0) for rows, sums in (before, now)]
    mix = (shares[1] - shares[0]) * means[0]
    behaviour = shares[1] * (means[1] - means[0])
    return MixAndBehaviour(names, now[0], mix, behaviour, float(mix.sum() + behaviour.sum()), before, now)
