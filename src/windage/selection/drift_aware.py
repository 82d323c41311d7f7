"""Rows of the kind that came with the drift and that the classifier is unsure of, of many users; and some rows at random.

After a drift, the rows that the classifier is least sure of are often familiar ones near a class boundary; what it has to
learn are the rows that came with the drift.
"""

import numpy as np

from windage.arrays import Floats
from windage.selection.strategy import Candidates, Strategy

LEAST_WEIGHT, MOST_WEIGHT = 0.05, 20.0


def scores(candidates: Candidates) -> Floats:
    doubt = 1 - candidates.margin()
    known = np.where(np.isnan(doubt), 1.0, doubt)  # a row without probabilities counts as wholly uncertain
    return np.asarray(np.clip(known * candidates.drift_weight, LEAST_WEIGHT, MOST_WEIGHT))


STRATEGY = Strategy(
    "drift_aware",
    "uncertainty times how much more frequent similar rows became; few per user, 30 % at random",
    scores,
    uniform_share=0.3,
    is_capped=True,
)
