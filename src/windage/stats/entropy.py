"""Shannon entropy of predicted probabilities, a few classes at a time."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats

_CLIP = 1e-8
_BLOCK = 8192
_TOGETHER = 8
"""Classes in memory at a time: several share each block of sums while it is in the processor's cache."""


class RowEntropy(NamedTuple):
    """Per row: entropy in nats (``nan`` where a probability is not finite), sum and smallest of its probabilities."""

    entropy: Floats
    sums: Floats
    least: Floats


@np.errstate(over="ignore", invalid="ignore")
def row_entropy(classes: Iterable[Floats], rows: int) -> RowEntropy:
    """Entropy of each row from one column of probabilities per class, each clipped to [1e-8, 1]."""
    found = RowEntropy(np.zeros(rows), np.zeros(rows), np.full(rows, np.inf))
    clipped, logarithm = np.empty(_BLOCK), np.empty(_BLOCK)
    left = iter(classes)
    while several := list(islice(left, _TOGETHER)):
        for start in range(0, rows, _BLOCK):
            block = slice(start, start + _BLOCK)
            entropy, sums, least = (each[block] for each in found)
            clip, log = clipped[: sums.size], logarithm[: sums.size]
            for probabilities in several:
                p = probabilities[block]
                np.maximum(p, _CLIP, out=clip)
                np.minimum(clip, 1.0, out=clip)
                np.log(clip, out=log)
                clip *= log
                entropy -= clip
                sums += p
                np.minimum(least, p, out=least)
            entropy[~np.isfinite(sums)] = np.nan
    return found


def entropy(probabilities: Floats) -> Floats:
    """Entropy in nats of each row of an ``(n, k)`` matrix of probabilities."""
    return row_entropy(probabilities.T, len(probabilities)).entropy
