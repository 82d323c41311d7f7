"""A column counted in cells is the column: every certified interval holds the exact rank, whatever the values and parts."""

import numpy as np
import pytest

from windage.profiles.counted import CELLS, LEAST_ROWS, Cells, counted
from windage.profiles.numeric import Moments, NumericProfile
from windage.profiles.parts import finer

ROWS = LEAST_ROWS + 11
RESOLUTION = 1024
BENIGN = {
    "normal": lambda rng, n: rng.normal(100, 15, n),
    "around zero": lambda rng, n: rng.normal(size=n),
    "below zero": lambda rng, n: -rng.gamma(3, 5, n),
    "lognormal": lambda rng, n: rng.lognormal(3, 1, n),
    "lognormal, sd 5": lambda rng, n: rng.lognormal(0, 5, n),
    "tiny": lambda rng, n: rng.lognormal(0, 1, n) * 1e-300,
    "huge": lambda rng, n: rng.normal(size=n) * 1e300,
    "an offset": lambda rng, n: 1e9 + rng.normal(size=n),
    "in single precision": lambda rng, n: rng.normal(100, 15, n).astype(np.float32),
    "cents": lambda rng, n: rng.normal(1e7, 1e6, n).astype(np.int64),
    "nanoseconds": lambda rng, n: 1_764_000_000_000_000_000 + rng.integers(0, 86_400_000_000_000, n),
    "holes": lambda rng, n: np.where(rng.random(n) < 0.02, np.nan, rng.gamma(2, 5, n)),
}
HOSTILE = {
    "counts": lambda rng, n: rng.poisson(12, n).astype(float),
    "nearly constant": lambda rng, n: np.where(rng.random(n) < 0.99, 7.0, rng.normal(size=n)),
    "a favourite": lambda rng, n: np.where(rng.random(n) < 0.001, 0.5, rng.normal(size=n)),
    "a huge offset": lambda rng, n: 1e15 + rng.normal(size=n),
    "denormals": lambda rng, n: rng.integers(-50_000, 50_000, n) * 5e-324,
    "Cauchy": lambda rng, n: rng.standard_cauchy(n),
    "the largest numbers": lambda rng, n: rng.uniform(-1, 1, n) * 1.7e308,
    "infinities": lambda rng, n: np.where(rng.random(n) < 0.1, np.inf, rng.normal(size=n)),
    "zeros of both signs": lambda rng, n: np.where(rng.random(n) < 0.5, 0.0, -0.0),
    "nothing but NaN": lambda rng, n: np.full(n, np.nan),
}


def profile(parts, *, kept=None):
    given = [(part.copy(), 0) for part in parts]
    return counted(given, resolution=RESOLUTION, kept=kept or finer(RESOLUTION), more=len(given) > 1)


def assert_certain(found, values):
    values = values.astype(np.float64)
    finite = np.sort(values[np.isfinite(values)])
    assert (found.finite, found.nans) == (finite.size, np.isnan(values).sum())
    assert (found.positive_infinite, found.negative_infinite) == (np.isposinf(values).sum(), np.isneginf(values).sum())
    assert found.slack <= 2.5 * values.size / RESOLUTION
    assert (np.diff(found.points) > 0).all()
    if not finite.size:
        return
    assert (found.minimum, found.maximum) == (finite[0], finite[-1])
    at = np.concatenate(
        [finite[::7], np.nextafter(finite[::7], np.inf), found.points, np.nextafter(found.points, -np.inf)]
    )
    for side, ranks in (("right", found.rows_at_or_below(at)), ("left", found.rows_below(at))):
        low, high = ranks
        exact = np.searchsorted(finite, at, side)
        assert (low <= exact).all()
        assert (exact <= high).all()


def assert_same_moments(found, values):
    finite = values[np.isfinite(values)].astype(np.float64)
    exact = Moments.of(finite)
    assert found.moments.mean == pytest.approx(
        exact.mean, rel=1e-12, abs=1e-12 * np.sqrt(max(exact.m2, 1) / finite.size)
    )
    assert found.moments.m2 == pytest.approx(exact.m2, rel=1e-9)


@pytest.mark.parametrize("kind", BENIGN)
def test_what_is_counted_is_known_to_within_its_certificate(kind):
    values = BENIGN[kind](np.random.default_rng(1), ROWS)
    found = profile([values])
    assert not np.isin(found.points[:-1], values).all(), "it was sorted"
    assert_certain(found, values)
    assert_same_moments(found, values)
    assert profile([values], kept=RESOLUTION).points.size <= RESOLUTION


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_cells_are_too_coarse_for_is_sorted(kind):
    values = HOSTILE[kind](np.random.default_rng(2), ROWS)
    ours, sorted_ones = profile([values]), NumericProfile.of(values.copy(), resolution=finer(RESOLUTION))
    assert np.array_equal(ours.points, sorted_ones.points)
    assert ours.slack == sorted_ones.slack
    assert_certain(ours, values)


@pytest.mark.parametrize(
    "later",
    [
        lambda rng: rng.normal(100, 15, ROWS),
        lambda rng: rng.normal(125, 15, ROWS),
        lambda rng: rng.normal(1000, 15, ROWS),
        lambda rng: np.where(rng.random(ROWS) < 0.001, rng.choice([np.inf, -np.inf, np.nan, -1e300], ROWS), 100),
        lambda rng: np.where(rng.random(ROWS) < 0.03, np.inf, rng.normal(100, 15, ROWS)),
        lambda rng: np.where(rng.random(ROWS) < 0.03, np.nan, rng.normal(100, 15, ROWS)),
        lambda rng: rng.normal(100, 15, 99),
    ],
    ids=["alike", "moved", "far away", "one value", "infinities", "NaN", "a short one"],
)
@pytest.mark.parametrize("first", ["normal", "lognormal", "in single precision", "cents"])
def test_parts_that_follow_the_first_are_known_as_well(first, later):
    rng = np.random.default_rng(3)
    with np.errstate(over="ignore", invalid="ignore"):
        follows = later(rng).astype(BENIGN[first](rng, 1).dtype)
    parts = [BENIGN[first](rng, ROWS), follows, BENIGN[first](rng, ROWS)]
    found, values = profile(parts), np.concatenate(parts)
    assert_certain(found, values)
    assert_same_moments(found, values)


def test_a_zero_of_either_sign_after_positive_values_is_a_value():
    rng = np.random.default_rng(4)
    first, second = rng.lognormal(0, 1, ROWS), rng.lognormal(0, 1, ROWS)
    second[::50], second[1::50] = 0.0, -0.0
    assert_certain(profile([first, second]), np.concatenate([first, second]))


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.int32])
@pytest.mark.parametrize("first", ["normal", "lognormal"])
def test_a_later_part_may_be_of_another_type(first, kind):
    rng = np.random.default_rng(8)
    parts = [BENIGN[first](rng, ROWS), (10 * BENIGN[first](rng, ROWS)).astype(kind)]
    assert_certain(profile(parts), np.concatenate([part.astype(np.float64) for part in parts]))


def test_nulls_are_counted_and_an_empty_column_is_empty():
    values = BENIGN["normal"](np.random.default_rng(5), ROWS)
    found = counted([(values.copy(), 3), (values.copy(), 4)], resolution=RESOLUTION, kept=RESOLUTION, more=True)
    assert (found.nulls, found.finite) == (7, 2 * ROWS)
    assert counted([(np.empty(0), 2)], resolution=RESOLUTION, kept=RESOLUTION, more=False).rows == 2


def test_the_same_parts_give_the_same_bits():
    values = BENIGN["lognormal"](np.random.default_rng(6), 3 * ROWS)
    one, other = (profile(np.split(values, 3)) for _ in range(2))
    for ours, theirs in ((one.points, other.points), (one.weights, other.weights)):
        assert ours.tobytes() == theirs.tobytes()
    assert one.moments == other.moments


def test_no_value_that_cells_hold_is_counted_beside_them_at_whatever_scale():
    """The counter writes wherever a value falls: rounding must not lead it beyond the last cell."""
    rng, tried = np.random.default_rng(7), 0
    shapes = (
        lambda: rng.normal(size=2000),
        lambda: rng.lognormal(0, rng.uniform(0.01, 20), 2000),
        lambda: rng.uniform(-1, 1, 2000),
        lambda: -rng.gamma(0.5, 1, 2000),
    )
    for k in range(400):
        scale, offset = 10.0 ** rng.uniform(-323, 308, 2)
        with np.errstate(over="ignore"):
            values = shapes[k % 4]() * scale + rng.choice([0, 0, 1, -1]) * offset
        cells = Cells.learned(values, values.min(), values.max(), share=1, room=rng.choice([0, 1 / 16]))
        if cells is None:
            continue
        tried += 1
        first, last = cells.inside
        assert cells.hold(values.min(), values.max())
        assert not cells.hold(first, np.nextafter(last, np.inf))
        assert not cells.hold(np.nextafter(first, -np.inf), last)
        for some in (np.array([first, last, np.nextafter(first, np.inf), np.nextafter(last, -np.inf)]), values):
            counts = cells.counts(some)
            assert counts.sum() == some.size
            assert counts[-1] == 0
        below, at_ends = np.cumsum(counts), np.searchsorted(np.sort(values), cells.ends(np.arange(CELLS)), "right")
        assert (at_ends >= below).all()
        assert (at_ends[:-1] <= below[1:]).all()
    assert tried > 100
