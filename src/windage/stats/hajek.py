"""Estimates from rows selected with known, unequal probabilities, with intervals that allow for clusters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from windage.arrays import Bools, Floats, Ints

TAIL = (1 - 0.95) / 2
"""What lies beyond either end of a 95 % interval."""


class Share(NamedTuple):
    """An estimated share and its interval; ``rows`` is the effective number of independent, equally likely rows."""

    value: float
    low: float
    high: float
    rows: float


def hajek_share(holds: Bools, probability: Floats, clusters: Ints) -> Share:
    """The share of all rows for which something holds, Σ(y/π) / Σ(1/π), with its 95 % interval.

    The variance is that of the sums over clusters (rows of one user resemble each other), linearised; the interval is
    Clopper and Pearson's at the number of rows that this variance is worth, never more than there are.
    Sources: Hájek (1971); Korn & Graubard (1998).

    Args:
        holds, probability, clusters: of each of one or more selected rows; probabilities in (0, 1].
    """
    from scipy.special import betaincinv, stdtrit

    weight = 1 / probability
    value = float(weight @ holds / weight.sum())
    residual = np.bincount(clusters, weight * (holds - value) / weight.sum())
    groups = int(np.unique(clusters).size)
    known = float(weight.sum() ** 2 / (weight @ weight))
    rows = known
    if groups > 1:
        variance = groups / (groups - 1) * float(residual @ residual)
        if variance > 0:
            rows = min(known, value * (1 - value) / variance)
        rows *= float(stdtrit(max(holds.size - 1, 1), TAIL) / stdtrit(groups - 1, TAIL)) ** 2
    else:
        rows = 1.0
    hits = value * rows
    low = float(betaincinv(hits, rows - hits + 1, TAIL)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, rows - hits, 1 - TAIL)) if hits < rows else 1.0
    return Share(value, min(low, value), max(high, value), rows)


def confusion(truth: Ints, predicted: Ints, probability: Floats, *, classes: int) -> Floats:
    """Estimated shares of all rows by (true class, predicted class); they sum to 1."""
    weight = 1 / probability
    counted = np.bincount(truth * classes + predicted, weight, classes**2)
    return np.asarray(counted.reshape(classes, classes) / weight.sum())


def macro_f1(shares: Floats) -> float:
    """The mean F1 of the classes that are true or predicted of any row."""
    right, true, predicted = np.diag(shares), shares.sum(axis=1), shares.sum(axis=0)
    there = true + predicted > 0
    return float(np.mean(2 * right[there] / (true + predicted)[there])) if there.any() else float("nan")


def macro_f1_interval(
    truth: Ints, predicted: Ints, probability: Floats, clusters: Ints, *, classes: int
) -> tuple[float, float, float]:
    """Macro-F1 and its 95 % interval by leaving out one cluster after the other; with a single cluster, the interval is as wide as it can be.

    If macro-F1 is the same whichever is left out, as when all rows are right or all are wrong, that does not show how sure
    it is: the interval is then the mean of the classes' own.
    Source: Quenouille (1956), Tukey (1958), the jackknife; of clusters, Rust & Rao (1996).
    """
    from scipy.special import stdtrit

    value = macro_f1(confusion(truth, predicted, probability, classes=classes))
    names = np.unique(clusters)
    if names.size < 2:
        return value, 0.0, 1.0
    left = np.array(
        [
            macro_f1(confusion(truth[kept], predicted[kept], probability[kept], classes=classes))
            for name in names
            if (kept := clusters != name).any()
        ]
    )
    if np.allclose(left, value, rtol=0, atol=1e-12):
        return value, *_mean_f1_interval(truth, predicted, probability, clusters)
    deviation = float(np.sqrt((names.size - 1) / names.size * np.sum((left - left.mean()) ** 2)))
    margin = -float(stdtrit(names.size - 1, TAIL)) * deviation
    return value, max(value - margin, 0.0), min(value + margin, 1.0)


def _mean_f1_interval(truth: Ints, predicted: Ints, probability: Floats, clusters: Ints) -> tuple[float, float]:
    """The mean interval of the classes' F1. F1 is 2J / (1 + J), with J the share of right rows among those that are of the class or
    predicted as it (Jaccard's index)."""
    ends = []
    for name in np.union1d(truth, predicted):
        own = (truth == name) | (predicted == name)
        found = hajek_share(truth[own] == predicted[own], probability[own], clusters[own])
        ends.append([2 * share / (1 + share) for share in (found.low, found.high)])
    low, high = np.mean(ends, axis=0).tolist()
    return low, high
