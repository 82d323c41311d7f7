"""How surprising a gap between two empirical distribution functions is: the two-sided Kolmogorov–Smirnov p-value.

Equal to ``scipy.stats.ks_2samp(method="auto")`` without the second its import costs, and fast for hundreds of features:

- max(n, m) ≤ 10 000: the exact two-sample law, by ``lattice_paths``.
- larger: the one-sample law with N = round(nm / (n + m)), by the regions of Simard & L'Ecuyer (2011): in the tail
  twice the one-sided sum (Birnbaum & Tingey 1951; Dwass 1959), elsewhere the expansion of Pelz & Good (1976), or
  Durbin's matrix (1968; Marsaglia, Tsang & Wang 2003) where N or D is too small for it. For N > 10⁶ scipy takes
  exp(−(6ND + 1)² / 18N) for that sum, and so does this: six digits near p = 0.01, fewer further out.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from windage.arrays import Floats, Ints
from windage.stats.lattice_paths import CERTAIN, LEAST, two_sample_p_values
from windage.stats.stirling import log1p_less, stirling_error

_LARGEST_EXACT = 10_000
_VANISHING = 370.0  # N·D² from which scipy gives 0
_NODES = np.linspace(-1.0, 1.0, 96)


def ks_p_values(statistics: npt.ArrayLike, n: npt.ArrayLike, m: npt.ArrayLike) -> Floats:
    """The chances that two samples of one continuous distribution come to lie so far apart or farther, for many features.

    ``n`` and ``m`` are the sample sizes, in common or each feature its own (the arguments broadcast), and ``statistics``
    the largest distances of the two ECDFs. The results are within 1e-12 of scipy's, and down to 1e-300 within 1e-10 of
    their size; one is 0 only where scipy's is.

    Two of the six orders of two and two values part them altogether:

    >>> float(ks_p_values(1.0, 2, 2).round(12))
    0.333333333333
    """
    sizes = np.asarray(n, np.int64), np.asarray(m, np.int64)
    distance, n, m = np.broadcast_arrays(np.asarray(statistics, np.float64), *sizes)
    if not ((distance >= 0) & (distance <= 1)).all():
        raise ValueError("statistics: each must lie in [0, 1]; got one outside or NaN. Leave out what has no distance.")
    if not ((n >= 1) & (m >= 1)).all():
        raise ValueError("n, m: both samples need a value; got an empty one. Leave its feature out as unknown.")
    # A distance that is known exactly comes with itself as the ends of its interval: each question is answered once.
    questions, places = np.unique(np.stack([each.ravel() for each in (distance, n, m)]), axis=1, return_inverse=True)
    return _of_different(questions[0], *questions[1:].astype(np.int64))[places].reshape(distance.shape)


def _of_different(distance: Floats, n: Ints, m: Ints) -> Floats:
    p = np.empty(distance.shape)
    small = np.maximum(n, m) <= _LARGEST_EXACT
    p[small] = two_sample_p_values(distance[small], n[small], m[small])
    p[~small] = _one_sample(np.rint(1.0 * n * m / (n + m))[~small], distance[~small])
    return np.clip(p, 0.0, 1.0)


def _one_sample(n: Floats, distance: Floats) -> Floats:
    """P(Dₙ ≥ distance), with scipy's borders between the regions."""
    evidence = n * distance**2
    tail = np.where(n > 140, evidence >= 2.2, (evidence > 4) | (distance >= 0.5))
    regions = (
        (evidence < np.where(n > 140, 2 * CERTAIN, CERTAIN), lambda n, _: np.ones(n.shape)),
        (tail & (n <= 2000), np.vectorize(_tail_sum, [np.float64])),
        (tail & (n <= 1_000_000), _tail_integral),
        (tail, lambda n, d: 2 * np.exp(-((6 * n * d + 1) ** 2) / (18 * n))),
        ((n <= 140) | ((n <= 100_000) & (n * distance**1.5 <= 1.4)), np.vectorize(_durbin, [np.float64])),
        (np.ones(n.shape, np.bool_), _pelz_good),
    )
    p, open_ = np.zeros(n.shape), (distance < 1) & (evidence < _VANISHING)
    for inside, law in regions:
        chosen, open_ = open_ & inside, open_ & ~inside
        if chosen.any():
            p[chosen] = np.maximum(law(n[chosen], distance[chosen]), LEAST)
    return p


def _tail_sum(n: float, distance: float) -> float:
    """Twice the one-sided sum over 0 ≤ j < n(1 − d); its term for j = 0 is (1 − d)ⁿ."""
    t = n * distance
    return float(2 * (_birnbaum_tingey(np.arange(1.0, math.ceil(n - t)), n, t).sum() + (1 - distance) ** n))


def _tail_integral(n: Floats, distance: Floats) -> Floats:
    """That sum as ∫ dj: they agree for a summand so smooth, and negligible at both ends (Euler–Maclaurin).

    In s, with j = n(1 − d) / (1 + e⁻ˢ), it falls off twice exponentially on both sides of a peak near −⅔ d / (1 − d):
    the trapezoidal rule needs few nodes.
    """
    n, d = n[:, None], distance[:, None]
    reach = 1.5 * np.arccosh(1 + 45 / (n * d**2)) / (1 - d)
    share = 1 / (1 + np.exp(2 / 3 * d / (1 - d) - _NODES * reach))
    j = n * (1 - d) * share
    heights = _birnbaum_tingey(j, n, n * d) * j * (1 - share)
    return np.asarray(2 * heights.sum(axis=1) * reach[:, 0] * (_NODES[1] - _NODES[0]))


def _birnbaum_tingey(j: Floats, n: Floats | float, t: Floats | float) -> Floats:
    """The summand C(n, j) d (d + j/n)ʲ⁻¹ (1 − d − j/n)ⁿ⁻ʲ with d = t/n, for j ≥ 1.

    Written with Stirling's errors and log(1 + y) − y, after Loader (2000): the large exponents t and −t cancel on paper.
    """
    rest = n - j
    exponent = j * log1p_less(t / j) + rest * log1p_less(-t / rest)
    error = stirling_error(n) - stirling_error(j) - stirling_error(rest)
    return np.asarray(t / (t + j) * np.sqrt(n / (2 * np.pi * j * rest)) * np.exp(exponent + error))


def _durbin(n: float, distance: float) -> float:
    """1 − n!/nⁿ · (Hⁿ)ₖₖ with distance = (k − h) / n."""
    k = math.ceil(n * distance)
    h, size = k - n * distance, 2 * k - 1
    reciprocal = 1 / np.cumprod(np.maximum(np.arange(size + 1.0), 1))  # 1/0!, 1/1!, …
    lag = 1 + np.subtract.outer(np.arange(size), np.arange(size))
    matrix = np.where(lag >= 0, reciprocal[np.maximum(lag, 0)], 0.0)
    beyond = h ** np.arange(1, size + 1) * reciprocal[1:]
    matrix[:, 0] -= beyond
    matrix[-1] -= beyond[::-1]
    matrix[-1, 0] += max(2 * h - 1, 0) ** size * reciprocal[-1]
    element = np.linalg.matrix_power(matrix / math.e, int(n))[k - 1, k - 1]
    return float(1 - element * math.sqrt(2 * math.pi * n) * np.exp(stirling_error(n)))  # n!/nⁿ but for e⁻ⁿ


def _pelz_good(n: Floats, distance: Floats) -> Floats:
    """1 − Σ Kᵢ(z) n^(−i/2) with z = √n · distance; equal terms of the theta series are taken together."""
    z = (np.sqrt(n) * distance)[:, None]
    a, b = (np.pi * np.arange(0.5, 8)) ** 2, (np.pi * np.arange(1, 9)) ** 2
    odd, even = np.exp(-a / (2 * z**2)), np.exp(-b / (2 * z**2))
    k0 = odd / z
    k1 = odd * (a - z**2) / (6 * z**4)
    k2 = odd * (6 * z**6 + 2 * z**4 + (2 * z**4 - 5 * z**2) * a + (1 - 2 * z**2) * a**2) / (72 * z**7)
    k2 -= even * b / (36 * z**3)
    k3 = (135 * z**4 - 96 * z**6) * a + (212 * z**4 - 60 * z**2) * a**2 + (5 - 30 * z**2) * a**3
    k3 = odd * (k3 - 30 * z**6 - 90 * z**8) / (6480 * z**10) + even * (3 * b * z**2 - b**2) / (216 * z**6)
    series = sum(k.sum(axis=1) / n ** (i / 2) for i, k in enumerate((k0, k1, k2, k3)))
    return np.asarray(1 - math.sqrt(2 * math.pi) * series)
