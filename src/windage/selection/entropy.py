"""The rows whose probabilities are spread most. Source: Shannon (1948)."""

import numpy as np

from windage.arrays import Floats
from windage.selection.strategy import Candidates, Strategy
from windage.stats.entropy import entropy


def scores(candidates: Candidates) -> Floats:
    if candidates.probabilities is None:
        return np.asarray(-candidates.confidence)
    return entropy(candidates.probabilities)


STRATEGY = Strategy("entropy", "highest entropy of the probabilities", scores)
