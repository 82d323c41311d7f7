"""One scale for effects: the shift of a normal feature, so that a warning means the same on every feature."""

from __future__ import annotations

from statistics import NormalDist

LARGEST = 1 - 1e-9
"""A change of nearly all rows is a shift of some twelve standard deviations, whatever it was exactly."""


def shift_sd(change: float) -> float:
    """By how many standard deviations a normal feature must move for a cumulative share to change by ``change``.

    2·Φ⁻¹((1 + D)/2), with the sign of ``change``.

    >>> round(shift_sd(0.3829), 3), round(shift_sd(-0.3829), 3), shift_sd(0.0)
    (1.0, -1.0, 0.0)
    """
    size = min(abs(change), LARGEST)
    shift = 2 * NormalDist().inv_cdf((1 + size) / 2)
    return -shift if change < 0 else shift
