"""Shannon entropy of predicted probabilities, one class after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_CLIP = 1e-8
_BLOCK = 8192


class RowEntropy(NamedTuple):
    """Per row: entropy in nats (``nan`` where a probability is not finite), sum and smallest of its probabilities."""

    entropy: Floats
    sums: Floats
    least: Floats


@np.errstate(over="ignore", invalid="ignore")
def row_entropy(classes: Iterable[Floats], rows: int) -> RowEntropy:
    """Entropy of each row from one column of probabilities per class, each clipped to [1e-8, 1].

    One class is in memory at a time, and blocks keep the work inside the processor's cache.
    """
    entropy, sums, least = np.zeros(rows), np.zeros(rows), np.full(rows, np.inf)
    clipped, logarithm = np.empty(_BLOCK), np.empty(_BLOCK)
    for probabilities in classes:
        for start in range(0, rows, _BLOCK):
            block = slice(start, start + _BLOCK)
            p = probabilities[block]
            clip, log = clipped[: p.size], logarithm[: p.size]
            np.clip(p, _CLIP, 1.0, out=clip)
            np.log(clip, out=log)
            clip *= log
            entropy[block] -= clip
            sums[block] += p
            np.minimum(least[block], p, out=least[block])
    entropy[~np.isfinite(sums)] = np.nan
    return RowEntropy(entropy, sums, least)


def entropy(probabilities: Floats) -> Floats:
    """Entropy in nats of each row of an ``(n, k)`` matrix of probabilities."""
    return row_entropy(probabilities.T, len(probabilities)).entropy
