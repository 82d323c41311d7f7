"""A numeric profile: exact counts, certified ranks, merging in any order, and what is no finite number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import SHAPES, sample
from windage.errors import InvalidInput
from windage.profiles.numeric import Moments, NumericProfile

SEEDS = st.integers(0, 2**32 - 1)
RESOLUTIONS = st.sampled_from([None, 2, 3, 8, 64, 500])
ANY_FLOATS = st.lists(st.floats(allow_subnormal=True) | st.sampled_from([0.0, -0.0, 1.0]), max_size=60)


@st.composite
def samples(draw, least=1, most=600):
    rng = np.random.default_rng(draw(SEEDS))
    return sample(rng, draw(st.sampled_from(SHAPES)), draw(st.integers(least, most)))


@st.composite
def parts_of(draw, values):
    """The values in any order, cut into up to five parts, some perhaps empty."""
    rng = np.random.default_rng(draw(SEEDS))
    cuts = np.sort(rng.integers(0, values.size + 1, draw(st.integers(0, 4))))
    return np.split(rng.permutation(values), cuts)


def same(one, other):
    """Equal in all that is counted; the moments of merges only nearly."""
    for name in ("points", "cumulative"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("slack", "nulls", "nans", "positive_infinite", "negative_infinite", "finite", "rows"):
        assert getattr(one, name) == getattr(other, name)
    np.testing.assert_equal([one.minimum, one.maximum], [other.minimum, other.maximum])


def nearly(one, other):
    """Equal moments, as far as doubles of this size can tell."""
    last_digits = 4 * np.spacing(max(abs(one.minimum), abs(one.maximum)))
    for name in ("mean", "deviation"):
        found = [each.moments.mean if name == "mean" else each.standard_deviation for each in (one, other)]
        np.testing.assert_allclose(*found, rtol=1e-9, atol=last_digits)


def tame(values):
    """Whether sums of the squares are still numbers."""
    return np.abs(values).max(initial=0) < 1e150


@given(st.data(), samples(), RESOLUTIONS)
def test_the_order_of_rows_never_matters(data, values, resolution):
    shuffled = np.random.default_rng(data.draw(SEEDS)).permutation(values)
    one, other = NumericProfile.of(values, resolution=resolution), NumericProfile.of(shuffled, resolution=resolution)
    same(one, other)
    assert one.moments == other.moments or not tame(values)


@given(st.data(), samples(), RESOLUTIONS)
def test_merging_is_commutative_and_associative(data, values, resolution):
    parts = [NumericProfile.of(each, resolution=resolution) for each in data.draw(parts_of(values))]
    merged = NumericProfile.merge(parts)
    backwards = NumericProfile.merge(parts[::-1])
    in_pairs = NumericProfile.merge([NumericProfile.merge(parts[:2]), NumericProfile.merge(parts[2:])])
    for other in (backwards, in_pairs):
        same(merged, other)
        if tame(values):
            nearly(merged, other)


@given(st.data(), samples())
def test_merged_parts_that_keep_all_are_the_profile_of_all(data, values):
    parts = [NumericProfile.of(each) for each in data.draw(parts_of(values))]
    same(NumericProfile.merge(parts), NumericProfile.of(values))


@given(st.data(), samples(), st.sampled_from([2, 3, 8, 64, 500]))
def test_every_rank_lies_in_its_certified_interval(data, values, resolution):
    merged = NumericProfile.merge(
        [NumericProfile.of(each, resolution=resolution) for each in data.draw(parts_of(values))]
    )
    ordered = np.sort(values)
    probes = np.unique(np.concatenate([values, np.nextafter(values, np.inf), np.nextafter(values, -np.inf)]))
    for name, side in (("rows_at_or_below", "right"), ("rows_below", "left")):
        low, high = getattr(merged, name)(probes)
        true = np.searchsorted(ordered, probes, side)
        assert (low <= true).all()
        assert (true <= high).all()
    points, shares = merged.ecdf()
    true = np.searchsorted(ordered, points, "right") / values.size
    assert np.abs(shares - true).max() <= merged.rank_error + 1e-12


@given(samples(), st.sampled_from([2, 3, 8, 64]))
def test_the_ends_of_the_sample_are_certain(values, resolution):
    profile = NumericProfile.of(values, resolution=resolution)
    ends = np.array([values.min(), np.nextafter(values.min(), -np.inf)])
    assert [each.tolist() for each in profile.rows_below(ends)] == [[0, 0], [0, 0]]
    assert [each.tolist() for each in profile.rows_at_or_below(np.array([values.max()]))] == [[values.size]] * 2


@given(st.data(), samples(), st.sampled_from([2, 3, 8, 64, 500]))
def test_the_rank_error_never_grows_above_one_over_the_resolution(data, values, resolution):
    parts = [NumericProfile.of(each, resolution=resolution) for each in data.draw(parts_of(values))]
    merged = NumericProfile.merge(parts)
    assert 2 * merged.rank_error <= 1 / resolution + 1e-15
    assert merged.points.size <= resolution * len(parts)
    mean = sum(part.rank_error * part.finite for part in parts) / merged.finite
    assert merged.rank_error == pytest.approx(mean, rel=1e-12)


@given(samples(most=300), st.integers(2, 400))
def test_few_distinct_values_are_exact_at_any_resolution(values, resolution):
    profile = NumericProfile.of(values, resolution=resolution)
    distinct, counts = np.unique(values, return_counts=True)
    if distinct.size <= resolution:
        assert profile.slack == 0
        np.testing.assert_array_equal(profile.points, distinct)
        np.testing.assert_array_equal(profile.weights, counts)


@given(ANY_FLOATS, RESOLUTIONS)
def test_every_row_is_counted_once(values, resolution):
    array = np.array(values, dtype=np.float64)
    profile = NumericProfile.of(array, nulls=3, resolution=resolution)
    assert profile.nulls == 3
    assert profile.nans == np.isnan(array).sum()
    assert profile.positive_infinite == np.isposinf(array).sum()
    assert profile.negative_infinite == np.isneginf(array).sum()
    assert profile.finite == np.isfinite(array).sum()
    assert profile.rows == array.size + 3
    assert profile.missing_share == pytest.approx((3 + np.isnan(array).sum()) / (array.size + 3))
    assert np.isfinite(profile.points).all()
    assert (np.diff(profile.points) >= 0).all()


@given(samples(), st.sampled_from([2, 8, 64]))
def test_quantiles_rise_and_stay_within_the_sample(values, resolution):
    found = NumericProfile.of(values, resolution=resolution).quantiles(np.linspace(0, 1, 41))
    assert (np.diff(found) >= 0).all()
    assert found[0] == values.min()
    assert found[-1] == values.max()


@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint8, np.int32, np.uint32, np.int64, np.uint64, np.float16, np.float32, np.bool_]
)
def test_narrow_types_give_the_same_profile(dtype):
    values = np.random.default_rng(0).integers(0, 2, 300).astype(dtype)
    same(NumericProfile.of(values, resolution=8), NumericProfile.of(values.astype(np.float64), resolution=8))


def test_the_given_array_is_left_alone_unless_it_may_be_reused():
    values = np.array([3.0, 1.0, 2.0])
    NumericProfile.of(values)
    assert values.tolist() == [3.0, 1.0, 2.0]


@pytest.mark.parametrize("values", [[], [np.nan], [np.inf, -np.inf, np.nan]])
@pytest.mark.parametrize("resolution", [None, 8])
def test_a_profile_without_a_finite_value(values, resolution):
    empty = NumericProfile.of(np.array(values, dtype=float), resolution=resolution)
    assert (empty.finite, empty.rank_error, empty.slack) == (0, 0.0, 0)
    assert np.isnan([empty.minimum, empty.maximum, empty.moments.mean, empty.standard_deviation]).all()
    assert np.isnan(empty.quantiles(np.array([0.5]))).all()
    full = NumericProfile.of(np.array([1.0, 2.0]), resolution=resolution)
    merged = NumericProfile.merge([empty, full, empty])
    assert (merged.minimum, merged.maximum, merged.finite) == (1.0, 2.0, 2)
    assert merged.moments.mean == 1.5


def test_no_parts_make_an_empty_profile():
    assert NumericProfile.merge([]).rows == 0


@pytest.mark.parametrize("resolution", [1, 0, -5])
def test_a_resolution_below_two_is_refused(resolution):
    with pytest.raises(InvalidInput, match=f"got {resolution}"):
        NumericProfile.of(np.arange(3.0), resolution=resolution)


def test_moments_put_together_are_the_moments_of_all():
    """Chan's formula on a large offset, where the sum of squares would lose every digit."""
    rng = np.random.default_rng(0)
    values = 1e9 + rng.normal(size=5000)
    parts = [(each.size, Moments.of(each)) for each in np.split(values, [0, 10, 2000])]
    merged = Moments.merged(parts)
    assert merged.mean == pytest.approx(values.mean(), rel=1e-15)
    assert merged.m2 / 5000 == pytest.approx(values.var(), rel=1e-6)
