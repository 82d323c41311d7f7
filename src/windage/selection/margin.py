"""The rows whose two likeliest classes are nearest. Source: Scheffer, Decomain & Wrobel (2001)."""

from windage.arrays import Floats
from windage.selection.strategy import Candidates, Strategy


def scores(candidates: Candidates) -> Floats:
    return -candidates.margin()


STRATEGY = Strategy("margin", "smallest gap between the two largest probabilities", scores)
