"""The rows that the classifier is least sure of."""

from windage.arrays import Floats
from windage.selection.strategy import Candidates, Strategy


def scores(candidates: Candidates) -> Floats:
    return -candidates.confidence


STRATEGY = Strategy("lowest_confidence", "lowest top probability", scores)
