"""The tails of the Beta and of Student's t, to ten digits of their size, and mostly to twelve.

Equal to ``scipy.special``'s ``betainc``, ``stdtr`` and ``stdtrit`` without the tenth of a second its import costs. A tail is
the height of the density where it begins times an integral over what follows, which decays on a known scale: the
trapezoidal rule after the substitution of Takahasi & Mori (1974) needs the same few nodes for all parameters.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from windage.arrays import Floats
from windage.stats.stirling import log1p_less, stirling_error

MANY = 20_000
"""For more tails than this, scipy is faster even with its import."""
_NODES = np.linspace(-3.75, 10.95, 99)
_REACH = np.exp(_NODES - np.exp(-_NODES))
_WEIGHTS = (_NODES[1] - _NODES[0]) * (1 + np.exp(-_NODES)) * _REACH
_FIRST = 56
"""Parameters of at least ½, such as all of Student's with a degree of freedom, leave nothing to the nodes beyond these."""


def beta_tails(a: npt.ArrayLike, b: npt.ArrayLike, x: npt.ArrayLike) -> tuple[Floats, Floats]:
    """P(X ≤ x) and P(X ≥ x) of X ~ Beta(a, b), for a, b ≥ 0.001 and x in [0, 1].

    >>> below, above = beta_tails(1, 2, 0.25)  # the second is (1 − x)²
    >>> float(below.round(12)), float(above.round(12))
    (0.4375, 0.5625)
    """
    x = np.asarray(x, np.float64)
    a, b, x = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64), x)
    return _both_tails(a, b, x, 1 - x)


def student_above(freedom: npt.ArrayLike, t: npt.ArrayLike) -> Floats:
    """P(T ≥ t) of Student's T, for t ≥ 0; NaN for NaN.

    >>> float(student_above(1, 1.0).round(12))  # Cauchy: ¼
    0.25
    """
    freedom, t = np.asarray(freedom, np.float64), np.asarray(t, np.float64)
    freedom, t = np.broadcast_arrays(freedom, t)
    if t.size > MANY:
        from scipy.special import stdtr

        return np.asarray(stdtr(freedom, -t))
    x, y = _shares(freedom, t)
    return _both_tails(freedom / 2, np.full(t.shape, 0.5), x, y)[0] / 2


def heavier_tail(freedom: Floats, t: Floats, a: Floats, b: Floats, x: Floats) -> Floats:
    """The larger of P(|T| ≥ t) of Student's T and of twice the smaller tail of Beta(a, b) at x, one for each of the shares."""
    if t.size > MANY:
        return np.asarray(np.maximum(2 * student_above(freedom, t), 2 * np.minimum(*beta_tails(a, b, x))))
    of_student, rest = _shares(freedom, t)
    both = (
        np.concatenate(each) for each in ((freedom / 2, a), (np.full(t.shape, 0.5), b), (of_student, x), (rest, 1 - x))
    )
    below, above = _both_tails(*both)
    return np.asarray(np.maximum(below[: t.size], 2 * np.minimum(below, above)[t.size :]))


@lru_cache(maxsize=4096)  # the looks and gates of one window ask for the same few again and again
def student_quantile(freedom: float, above: float) -> float:
    """The t that Student's T lies above with the chance ``above``, at most ½.

    Newton's method, which converges at once because √(ν log(1 + t²/ν)) is nearly normal. Source: Wallace (1959).

    >>> round(student_quantile(1, 0.25), 12)
    1.0
    """
    normal = NormalDist()
    z = -normal.inv_cdf(above)
    root, step = z * (8 * freedom + 3) / (8 * freedom + 1), z
    a, b = np.asarray(freedom / 2), np.asarray(0.5)
    while abs(step) > 1e-6 * root:  # what is left is its square
        square = freedom * math.expm1(root**2 / freedom)
        x, y = _shares(freedom, math.sqrt(square))
        height = _height(a, b, x, y)
        reached = -normal.inv_cdf(float(_tails(a, b, x, y, height)[0]) / 2)
        slope = float(height) * root / (square * float(x) * normal.pdf(reached))
        step = (z - reached) / slope
        root += step
    return math.sqrt(freedom * math.expm1(root**2 / freedom))


def _shares(freedom: Floats | float, t: Floats | float) -> tuple[Floats, Floats]:
    """ν / (ν + t²), which is a Beta(ν/2, ½), and t² / (ν + t²)."""
    with np.errstate(over="ignore", divide="ignore"):
        ratio = np.asarray(np.square(t) / freedom)
        return 1 / (1 + ratio), 1 / (1 + 1 / ratio)


def _both_tails(a: Floats, b: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return _tails(a, b, x, y, _height(a, b, x, y))


def _tails(a: Floats, b: Floats, x: Floats, y: Floats, height: Floats) -> tuple[Floats, Floats]:
    """Both tails, computed from the one that does not contain the mean; y = 1 − x."""
    turned = x * b > y * a
    tail = height * _onwards(
        np.where(turned, b, a), np.where(turned, a, b), np.where(turned, y, x), np.where(turned, x, y)
    )
    return np.where(turned, 1 - tail, tail), np.where(turned, tail, 1 - tail)


def _onwards(a: Floats, b: Floats, x: Floats, y: Floats) -> Floats:
    """∫ e⁻ᵃˢ (1 + x/y (1 − e⁻ˢ))ᵇ⁻¹ ds / y over s > 0, for x below the mean: what lies at x e⁻ˢ, over the height at x."""
    pull = (b - 1) * x / y
    slope, bend = a - pull, np.maximum(pull / y, 0)
    length = 2 / (slope + np.sqrt(slope**2 + 2 * bend))
    nodes = _FIRST if np.minimum(a, b).min(initial=np.inf) >= 0.5 else _NODES.size
    s = length[..., None] * _REACH[:nodes]
    falls = np.exp((b - 1)[..., None] * np.log1p((x / y)[..., None] * -np.expm1(-s)) - a[..., None] * s)
    return np.asarray(falls @ _WEIGHTS[:nodes] * length / y)


def _height(a: Floats, b: Floats, x: Floats, y: Floats) -> Floats:
    """xᵃ yᵇ / B(a, b): the large exponents cancel on paper."""
    n = a + b
    apart = np.where(x < y, x * n - a, b - y * n)
    with np.errstate(divide="ignore"):  # log 0 at the end of the range
        exponent = a * _log_less(x * n / a, apart / a) + b * _log_less(y * n / b, -apart / b)
    of_n, of_a, of_b = stirling_error(np.array([n, a, b]))
    return np.asarray(np.sqrt(a * b / (2 * np.pi * n)) * np.exp(exponent + of_n - of_a - of_b))


def _log_less(ratio: Floats, excess: Floats) -> Floats:
    """log(ratio) − excess, where the excess is the ratio − 1."""
    return np.where(np.abs(excess) < 0.5, log1p_less(excess), np.log(ratio) - excess)
