"""What the classifier said of its own certainty: entropy of its probabilities, and rows whose probabilities are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from windage.errors import InvalidInput
from windage.profiles.numeric import Floats, NumericProfile
from windage.stats.entropy import entropy

SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, kw_only=True)
class ScoreProfile:
    """Entropy in nats of each row's probabilities. ``invalid`` rows hold a non-finite or negative value or do not sum to 1;
    those with a finite entropy are still part of it."""

    entropy: NumericProfile
    invalid: int = 0

    @classmethod
    def of(cls, probabilities: Floats, *, resolution: int | None = None) -> ScoreProfile:
        """Summarise an ``(n, k)`` matrix of class probabilities."""
        if probabilities.ndim != 2:
            raise InvalidInput(
                f"class probabilities must be a matrix of shape (rows, classes); got shape {probabilities.shape}. "
                "Pass one row per prediction and one column per class."
            )
        with np.errstate(invalid="ignore"):
            sums = probabilities.sum(axis=1)
            invalid = ~(np.abs(sums - 1) <= SUM_TOLERANCE)
            if probabilities.size and not probabilities.min() >= 0:
                invalid |= ~(probabilities >= 0).all(axis=1)
        profile = NumericProfile.of(entropy(probabilities), resolution=resolution, reuse=True)
        return cls(entropy=profile, invalid=int(invalid.sum()))

    @classmethod
    def merge(cls, parts: Sequence[ScoreProfile]) -> ScoreProfile:
        return cls(
            entropy=NumericProfile.merge([part.entropy for part in parts]), invalid=sum(part.invalid for part in parts)
        )
