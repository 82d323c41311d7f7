"""The exact two-sample Kolmogorov–Smirnov law: the share of lattice paths from (0, 0) to (n, m) that reach |i/n − j/m| ≥ D.

Equal sizes have a closed sum (Gnedenko & Korolyuk 1951). For unequal sizes Pascal's rule counts the paths that stay
inside (Hodges 1958). 1 − inside would lose the digits of a small p (Viehmann 2021), so that one is summed from the
paths that leave, each counted where it leaves first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle
from typing import NamedTuple

import numpy as np

from windage.arrays import Floats, Ints

CERTAIN = 0.015
"""Evidence nm/(n+m)·D² up to which 1 − p < 1e-14."""
LEAST = math.ulp(0.0)
"""Any smaller p is reported as this one."""

_RARE = 4.0  # evidence from which the paths that leave are counted: p < 7e-4; so are they for D > 1/2
_LANES = 64  # problems solved side by side


def two_sample_p_values(distance: Floats, n: Ints, m: Ints) -> Floats:
    """P(D ≥ distance) for each (distance, n, m)."""
    n, m = np.minimum(n, m), np.maximum(n, m)
    lcm = np.lcm(n, m)
    h = np.rint(distance * lcm).astype(np.int64)  # a distance is a multiple of 1 / lcm; this takes its rounding away
    band = n * m / (n + m) * h / lcm  # half its width
    evidence = band * h / lcm
    p = np.ones(h.shape)
    for k in np.flatnonzero((n == m) & (h > 0)):
        p[k] = _equal_sizes(int(h[k]), int(n[k]))
    unequal = (n != m) & (evidence > CERTAIN)
    rare = (evidence >= _RARE) | (2 * h > lcm)
    for share, chosen in ((_staying, ~rare), (_leaving, rare)):
        lanes = np.flatnonzero(unequal & chosen)
        lanes = lanes[np.argsort(band[lanes])]
        for some in (lanes[k : k + _LANES] for k in range(0, lanes.size, _LANES)):
            p[some] = share((h * (n * m // lcm))[some], n[some], m[some])
    return np.maximum(p, LEAST)


def _equal_sizes(h: int, n: int) -> float:
    """2 Σₖ (−1)ᵏ⁻¹ C(2n, n − kh) / C(2n, n): paths to the images of (n, n) in the two boundaries."""
    k = np.arange(n)
    images = np.cumprod((n - k) / (n + k + 1))[h - 1 :: h]
    return float(2 * (images[::2].sum() - images[1::2].sum()))


class _Band(NamedTuple):
    """The points with −below < i·m − j·n < above, one lane for each problem; n < m."""

    below: Ints
    above: Ints
    n: Ints
    m: Ints

    def edges(self, step: Ints) -> tuple[Ints, Ints]:
        """The last i below and the first above the band on i + j = step, drawn in to where a path can come."""
        total = self.n + self.m
        low = np.maximum((step * self.n - self.below) // total, -1)
        high = np.minimum((step * self.n + self.above - 1) // total, step) + 1
        return low, high


class _Stretch(NamedTuple):
    """Some steps of all lanes. Path counts are divided by 2 ** (the sum of ``exponent`` so far)."""

    step: Ints  # (steps + 1, lanes): i + j; a lane with fewer steps than others first waits at 0
    low: Ints
    high: Ints
    exponent: Ints
    left: Floats  # (steps, lanes): paths that arrived at ``high``
    now: Floats  # (lanes, width): paths to each i from ``low[0]`` on, after the last step
    before: Floats  # and after the last but one


def _march(band: _Band, steps: Ints) -> Iterator[_Stretch]:
    """Count the paths inside the band, one antidiagonal after another, such that all lanes end together.

    The window of i that is kept moves along once per stretch; its first and last cell always stay empty.
    """
    lanes, last = steps.size, int(steps.max())
    length = 512 if lanes == 1 else 128
    width = int(((band.below + band.above) // (band.n + band.m)).max()) + length // 2 + 6
    now, first = np.zeros((lanes, width)), np.full(lanes, -1)
    now[:, 1] = 1.0
    for start in range(0, last, length):
        clock = np.arange(start, min(start + length, last) + 1)
        step = np.maximum(clock[:, None] - (last - steps), 0)
        low, high = band.edges(step)
        moved = np.arange(width) + (low[0] - first)[:, None]
        now, first = np.take_along_axis(now, np.minimum(moved, width - 1), axis=1), low[0]
        exponent = np.frexp(now.max(axis=1))[1].astype(np.int64) + length // 2
        now, before = np.ldexp(now, -exponent[:, None]), np.zeros_like(now)
        window = np.arange(lanes) * width - first
        left = _pascal(now.reshape(-1), before.reshape(-1), low[1:] + window, high[1:] + window)
        if clock.size % 2 == 0:
            now, before = before, now
        yield _Stretch(step, low, high, exponent, left, now, before)


def _pascal(now: Floats, before: Floats, low: Ints, high: Ints) -> Floats:
    """Add to each cell its left neighbour, step by step, the arrays taking turns; empty the cells beside the band."""
    turns = cycle([(now[1:], now[:-1], before[1:], before), (before[1:], before[:-1], now[1:], now)])
    alone = low.shape[1] == 1  # plain integers index several times faster
    beside = zip(low[:, 0].tolist(), high[:, 0].tolist(), strict=True) if alone else zip(low, high, strict=True)
    left = []
    for (same, neighbour, sums, cells), (under, over) in zip(turns, beside, strict=False):
        np.add(same, neighbour, sums)
        left.append(cells[over])
        cells[under] = cells[over] = 0.0
    return np.array(left).reshape(low.shape)


def _staying(gap: Ints, n: Ints, m: Ints) -> Floats:
    """1 − the share of paths inside: those to the middle times those from it, which are the same turned by 180°."""
    total, exponent = n + m, np.zeros_like(n)
    for stretch in _march(_Band(gap, gap, n, m), total - total // 2):
        exponent += stretch.exponent
    rest = np.where((total % 2 == 0)[:, None], stretch.now, stretch.before)
    turned = (n - 2 * stretch.low[0])[:, None] - np.arange(rest.shape[1])
    inside = np.sum(stretch.now * np.take_along_axis(rest, np.clip(turned, 0, rest.shape[1] - 1), axis=1), axis=1)
    fraction, power = np.array([_one_path(int(a), int(b)) for a, b in zip(n, m, strict=True)]).T
    return np.asarray(1 - np.ldexp(inside * fraction, 2 * exponent + power.astype(np.int64)))


@lru_cache(maxsize=1024)
def _one_path(n: int, m: int) -> tuple[float, int]:
    """1 / C(n + m, n) as fraction · 2 ** power; its logarithm would be off by 1e-12."""
    fractions, powers = np.frexp(np.arange(1, n + 1) / np.arange(m + 1, m + n + 1))
    power = int(powers.sum())
    while fractions.size > 1:
        fractions, powers = np.frexp(np.multiply.reduceat(fractions, np.arange(0, fractions.size, 1000)))
        power += int(powers.sum())
    return float(fractions[0]), power


def _leaving(gap: Ints, n: Ints, m: Ints) -> Floats:
    """Twice the share of paths that leave above; to leave on both sides is rarer by p³, or impossible for D > 1/2.

    What is rarer by e⁻³² is not counted: paths that leave above after having been far below, or near the end.
    """
    total = n + m
    evidence = gap / m * gap / n / total
    below = np.ceil(gap * np.minimum(np.sqrt(1 + 16 / evidence) - 1, 1)).astype(np.int64)
    steps = np.ceil(total * (1 + np.sqrt(32 / (32 + 2 * evidence))) / 2).astype(np.int64)
    share, log_ways = np.zeros(n.shape), np.log(n / (m + 1))
    for stretch in _march(_Band(below, gap, n, m), np.minimum(steps, total)):
        i, step = stretch.high, stretch.step
        remaining, upward = total - step[:-1], np.maximum(n - i[:-1], 0)
        onward = np.where(i[1:] > i[:-1], upward, remaining - upward) / remaining
        moves = step[1:] > step[:-1]
        with np.errstate(divide="ignore"):  # log 0 where no path arrives, or no way on is left
            log_left, log_onward = np.log(stretch.left), np.log(onward)
        log_ways = log_ways + math.log(2) * stretch.exponent + np.cumsum(np.where(moves, log_onward, 0), axis=0)
        share += np.sum(np.where(moves, np.exp(log_left + log_ways), 0), axis=0)
        log_ways = log_ways[-1]
    return 2 * share
