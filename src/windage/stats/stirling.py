"""The small remainders of large factorials and powers that nearly cancel, after Loader (2000)."""

from __future__ import annotations

import numpy as np

from windage.arrays import Floats

_SERIES = (1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
_FAR = 16
"""From here on the series has full precision."""
_ATANH_SERIES = tuple(2 / k for k in range(19, 1, -2))


def stirling_error(k: Floats | float) -> Floats:
    """log Γ(k + 1) − log(√(2πk) (k/e)ᵏ) of k > 0; a small one is taken from k + 16."""
    k = np.asarray(k, np.float64)
    far = np.where(k < _FAR, k + _FAR, k)
    error = np.asarray(_polynomial(_SERIES, far**-2.0) / far)
    near = k < _FAR
    if near.any():
        small, large = k[near], far[near]
        between = np.log(np.prod(small[:, None] + np.arange(1, _FAR + 1), axis=1))
        error[near] += (small + 0.5) * np.log(large / small) + _FAR * (np.log(large) - 1) - between
    return error


def log1p_less(y: Floats) -> Floats:
    """log(1 + y) − y, near 0 by the series of 2 artanh(r) with r = y / (2 + y)."""
    r = y / (2 + y)
    return np.where(np.abs(y) < 0.2, r * (r**2 * _polynomial(_ATANH_SERIES, r**2) - y), np.log1p(y) - y)


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Horner's rule, highest power first: as ``numpy.polyval`` without what that spends on being general."""
    value = coefficients[0] * x + coefficients[1]
    for each in coefficients[2:]:
        value = value * x + each
    return value
