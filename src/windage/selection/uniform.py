"""Every row equally likely: all that an estimate of the accuracy needs."""

import numpy as np

from windage.arrays import Floats
from windage.selection.strategy import Candidates, Strategy


def scores(candidates: Candidates) -> Floats:
    return np.zeros(candidates.rows)


STRATEGY = Strategy("uniform", "all rows equally likely", scores, uniform_share=1.0)
