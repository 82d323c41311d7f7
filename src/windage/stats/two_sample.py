"""Whether a classifier can tell two windows' rows apart, in folds that keep each user's rows together.

Source: Lopez-Paz & Oquab (2017), "Revisiting Classifier Two-Sample Tests". If rows were split at random, those of one
user would stand on both sides, and a classifier could tell users apart instead of windows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from windage.arrays import Floats, Ints, Texts
from windage.errors import InvalidInput

FOLDS = 5


class Separability(NamedTuple):
    """``auc`` of the held-out rows, .5 at chance; ``lost`` is how much of it is lost when a column is permuted."""

    auc: float
    lost: Floats


def separability(
    before: Floats,
    now: Floats,
    users: tuple[Texts, Texts],
    *,
    explain: bool = False,
) -> Separability:
    """Of rows (n, k) and (m, k), NaN where there is no value, each with its user.

    Raises:
        InvalidInput: scikit-learn is not installed, or there are fewer than five users.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.model_selection import GroupKFold
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise InvalidInput(
            "telling rows apart needs scikit-learn, which is not installed. Install windage[two-sample]."
        ) from error

    rows = np.concatenate([before, now])
    is_now = np.repeat([0, 1], [len(before), len(now)])
    groups = np.unique(np.concatenate(users).astype(str), return_inverse=True)[1]
    if groups.max(initial=-1) + 1 < FOLDS:
        raise InvalidInput(f"the rows belong to {groups.max(initial=-1) + 1} users; at least {FOLDS} are needed.")
    held_out = np.empty(len(rows))
    shuffled = np.empty((rows.shape[1] if explain else 0, len(rows)))
    random = np.random.default_rng(0)
    with threadpool_limits(1):  # a task among others: more threads on few rows only wait for each other
        for train, test in GroupKFold(FOLDS).split(rows, is_now, groups):
            model = HistGradientBoostingClassifier(max_iter=25, max_leaf_nodes=15, early_stopping=False, random_state=0)
            has_values = ~np.isnan(rows[train]).all(axis=0)  # trees cannot be grown on a column that has none
            seen, unseen = (np.where(has_values, rows[part], 0.0) for part in (train, test))
            model.fit(seen, is_now[train])
            held_out[test] = model.predict_proba(unseen)[:, 1]
            for column in range(len(shuffled)):
                other = unseen.copy()
                other[:, column] = random.permutation(other[:, column])
                shuffled[column, test] = model.predict_proba(other)[:, 1]
    auc = area(held_out, is_now)
    return Separability(auc, np.array([auc - area(scores, is_now) for scores in shuffled]))


def area(scores: Floats, is_now: Ints) -> float:
    """The chance that a current row scores above a reference row, a tie counting half: Mann–Whitney's U over n · m."""
    from scipy.stats import rankdata

    positive = int(is_now.sum())
    negative = is_now.size - positive
    ranks = float(rankdata(scores)[is_now == 1].sum())
    return (ranks - positive * (positive + 1) / 2) / (positive * negative)


def above_usual(auc: float, usual: Floats, rows: int) -> float:
    """One-sided p-value of today's AUC, given those with which ordinary days can be told from the other days.

    Their deviation is taken to be at least that of chance with ``rows`` rows on each side.
    """
    from scipy.special import stdtr

    days = usual.size
    chance = np.sqrt((2 * rows + 1) / (12 * rows**2))
    deviation = max(float(np.std(usual, ddof=1)), float(chance)) * np.sqrt(1 + 1 / days)
    return float(stdtr(days - 1, -(auc - float(usual.mean())) / deviation))
