"""What a strategy is, and how it draws rows so that estimates from their labels can be unbiased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats, Ints, Texts
from windage.errors import InvalidInput

LEAST_OF_A_USER = 2
SHARE_OF_A_USER = 0.10
SHARE_OF_AN_AFFECTED_USER = 0.25
APART_SECONDS = 600
"""Rows of one user that are closer in time than this look the same to a person."""


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Rows that may be asked about. Confidence is NaN where it is unknown; ``starts`` are seconds.

    ``drift_weight`` is 1 for a row like those of the reference and more for one as the alerts describe it.
    """

    confidence: Floats
    probabilities: Floats | None
    users: Texts
    starts: Ints
    drift_weight: Floats
    affected: frozenset[str] = field(default_factory=frozenset)

    @property
    def rows(self) -> int:
        return self.users.size

    def margin(self) -> Floats:
        """The largest probability less the second; of a row without probabilities, its confidence. NaN if unknown."""
        if self.probabilities is None or self.probabilities.shape[1] < 2:
            return self.confidence
        second, first = np.sort(self.probabilities, axis=1)[:, -2:].T
        return np.asarray(np.where(np.isfinite(first - second), first - second, np.nan))


class Strategy(NamedTuple):
    """``scores`` are highest for the rows to ask about first; NaN is for rows that it knows nothing about, which come last.

    ``uniform_share`` is the share of rows that are drawn at random whatever their score. A capped strategy limits the rows
    of each user, and takes no two rows of a user within ten minutes.
    """

    name: str
    about: str
    scores: Callable[[Candidates], Floats]
    uniform_share: float = 0.0
    is_capped: bool = False


class Selection(NamedTuple):
    """Rows in the order of asking, and how likely each was to be chosen."""

    rows: Ints
    probability: Floats

    def represents(self, rows: int) -> bool:
        """Whether each of so many candidates could have been chosen, so that the chosen ones speak for all."""
        return self.rows.size == rows or bool((self.probability < 1).any())


def select(
    candidates: Candidates, strategy: Strategy, *, limit: int, seed: Iterable[int], uniform_share: float | None = None
) -> Selection:
    """The rows with the best scores, which are certain to be taken, then a simple random sample of all others.

    Both parts have a known inclusion probability (Horvitz & Thompson 1952): 1, and the sample's share of the others. The
    same seed gives the same rows.
    """
    limit = min(limit, candidates.rows)
    share = strategy.uniform_share if uniform_share is None else uniform_share
    at_random = min(int(np.ceil(share * limit)), limit)
    taken = _best(candidates, strategy, limit - at_random, limit=limit)
    others = np.setdiff1d(np.arange(candidates.rows), taken)
    at_random = min(limit - taken.size if share else at_random, others.size)
    drawn = np.random.default_rng(list(seed)).choice(others, at_random, replace=False)
    probability = np.repeat([1.0, at_random / others.size if others.size else 1.0], [taken.size, at_random])
    return Selection(np.append(taken, drawn), probability)


def _best(candidates: Candidates, strategy: Strategy, wanted: int, *, limit: int) -> Ints:
    scores = np.asarray(strategy.scores(candidates), dtype=np.float64)
    if scores.shape != (candidates.rows,):
        raise InvalidInput(
            f"the strategy {strategy.name!r} gave scores of shape {scores.shape} for {candidates.rows} rows. Let it give each "
            "row one."
        )
    order = np.argsort(-np.where(np.isnan(scores), -np.inf, scores), kind="stable")
    if not strategy.is_capped:
        return order[:wanted]
    most = max(LEAST_OF_A_USER, int(SHARE_OF_A_USER * limit))
    most_affected = max(most, int(SHARE_OF_AN_AFFECTED_USER * limit))
    chosen: list[int] = []
    asked: Counter[object] = Counter()
    moments: dict[object, list[int]] = {}
    for row in order.tolist():
        if len(chosen) == wanted:
            break
        user, start = candidates.users[row], int(candidates.starts[row])
        if asked[user] >= (most_affected if user in candidates.affected else most):
            continue
        if any(abs(start - other) < APART_SECONDS for other in moments.get(user, ())):
            continue
        chosen.append(row)
        asked[user] += 1
        moments.setdefault(user, []).append(start)
    return np.array(chosen, dtype=np.int64)
