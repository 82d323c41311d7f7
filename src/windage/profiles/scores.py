"""What the classifier said of its own certainty: entropy of its probabilities, and rows whose probabilities are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from windage.arrays import Bools, Floats
from windage.errors import InvalidInput
from windage.profiles.numeric import NumericProfile
from windage.stats.entropy import RowEntropy, row_entropy

SUM_TOLERANCE = 1e-3
_BLOCK = 8192


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
        return cls.of_classes(probabilities.T, len(probabilities), resolution=resolution)

    @classmethod
    def of_classes(cls, classes: Iterable[Floats], rows: int, *, resolution: int | None = None) -> ScoreProfile:
        """Summarise one column of probabilities per class."""
        found = row_entropy(classes, rows)
        profile = NumericProfile.of(found.entropy, resolution=resolution, reuse=True)
        return cls(entropy=profile, invalid=invalid_rows(found))

    @classmethod
    def merge(cls, parts: Sequence[ScoreProfile]) -> ScoreProfile:
        return cls(
            entropy=NumericProfile.merge([part.entropy for part in parts]), invalid=sum(part.invalid for part in parts)
        )


def invalid_rows(found: RowEntropy) -> int:
    """How many rows are not valid, without an array of all of them."""
    blocks = (slice(start, start + _BLOCK) for start in range(0, found.sums.size, _BLOCK))
    valid = sum(int(np.count_nonzero(_is_valid(RowEntropy(*(each[block] for each in found))))) for block in blocks)
    return found.sums.size - valid


def valid_rows(probabilities: Floats) -> Bools:
    """Which rows of an ``(n, k)`` matrix are finite, not negative, and sum to 1."""
    return _is_valid(row_entropy(probabilities.T, len(probabilities)))


def _is_valid(found: RowEntropy) -> Bools:
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(found.sums - 1) <= SUM_TOLERANCE) & (found.least >= 0))
