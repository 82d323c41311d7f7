"""Rows of the new kind that the classifier is not sure of, of many users, and some of all rows at random.

Where the input drifted, the least sure rows are old acquaintances near a boundary; what the classifier has to learn are
the rows that came with the drift.
"""

import numpy as np

from windage.arrays import Floats
from windage.selection.strategy import Candidates, Strategy

LEAST_WEIGHT, MOST_WEIGHT = 0.05, 20.0


def scores(candidates: Candidates) -> Floats:
    doubt = 1 - candidates.margin()
    known = np.where(np.isnan(doubt), 1.0, doubt)  # of a row without a probability nobody knows that it is sure
    return np.asarray(np.clip(known * candidates.drift_weight, LEAST_WEIGHT, MOST_WEIGHT))


STRATEGY = Strategy(
    "drift_aware",
    "uncertainty times how much more frequent similar rows became; few per user, 30 % at random",
    scores,
    uniform_share=0.3,
    is_capped=True,
)
