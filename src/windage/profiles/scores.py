"""The classifier's own certainty: the entropy of its probabilities, and the rows whose probabilities are invalid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from windage.arrays import Bools, Floats, Ints, Texts
from windage.errors import InvalidInput
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.stats.entropy import RowEntropy, row_entropy

SUM_TOLERANCE = 1e-3
_BLOCK = 8192


@dataclass(frozen=True, kw_only=True)
class ScoreProfile:
    """The entropy in nats of each row's probabilities. ``invalid`` rows have a non-finite or negative probability or do
    not sum to 1; those with a finite entropy are included in ``entropy`` all the same."""

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
        by_row = row_entropy(classes, rows)
        profile = NumericProfile.of(by_row.entropy, resolution=resolution, reuse=True)
        return cls(entropy=profile, invalid=invalid_rows(by_row))

    @classmethod
    def merge(cls, parts: Sequence[ScoreProfile]) -> ScoreProfile:
        return cls(
            entropy=NumericProfile.merge([part.entropy for part in parts]), invalid=sum(part.invalid for part in parts)
        )


def surest_classes(labels: Texts, probabilities: Floats) -> dict[str, CategoricalProfile]:
    """For each label, how many of its rows have which class as the one with the highest probability, by its position.

    Args:
        labels: each row's label, None for a null; such rows are left out.
        probabilities: of shape (rows, classes); rows with a NaN are left out.
    """
    known = ~np.isnan(probabilities).any(axis=1) & (labels != None)  # noqa: E711 — element by element
    places: dict[str, int] = {}
    index = np.array([places.setdefault(label, len(places)) for label in labels[known].tolist()], dtype=np.intp)
    shape = len(places), probabilities.shape[1]
    cells = index * shape[1] + probabilities[known].argmax(axis=1)
    counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    return {label: _by_class(counts[place]) for label, place in sorted(places.items())}


def _by_class(rows: Ints) -> CategoricalProfile:
    order = np.argsort(-rows, kind="stable")[: np.count_nonzero(rows)]
    return CategoricalProfile(counts={str(place): int(rows[place]) for place in order})


def invalid_rows(by_row: RowEntropy) -> int:
    """The number of invalid rows, counted block by block to spare memory."""
    blocks = (slice(start, start + _BLOCK) for start in range(0, by_row.sums.size, _BLOCK))
    valid = sum(int(np.count_nonzero(_is_valid(RowEntropy(*(each[block] for each in by_row))))) for block in blocks)
    return by_row.sums.size - valid


def valid_rows(probabilities: Floats) -> Bools:
    """Which rows of an ``(n, k)`` matrix are finite, not negative, and sum to 1."""
    return _is_valid(row_entropy(probabilities.T, len(probabilities)))


def _is_valid(by_row: RowEntropy) -> Bools:
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(by_row.sums - 1) <= SUM_TOLERANCE) & (by_row.least >= 0))
