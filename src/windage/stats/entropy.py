"""Shannon entropy of predicted probabilities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_CLIP = 1e-8
_BLOCK = 8192


def entropy(probabilities: Floats) -> Floats:
    """Entropy in nats of each row of an ``(n, k)`` matrix, with probabilities clipped to [1e-8, 1].

    A row that holds a non-finite value has no entropy: ``nan``. Blocks keep the work inside the processor's cache.
    """
    rows = np.empty(len(probabilities))
    for start in range(0, len(probabilities), _BLOCK):
        block = np.clip(probabilities[start : start + _BLOCK], _CLIP, 1.0)
        rows[start : start + _BLOCK] = -np.einsum("ij,ij->i", block, np.log(block))
    if not np.isfinite(probabilities.sum()):
        rows[~np.isfinite(probabilities).all(axis=1)] = np.nan
    return rows
