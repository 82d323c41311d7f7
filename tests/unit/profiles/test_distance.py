"""The certified intervals of KS and PSI hold the exact values, whatever the data, the resolution and the parts."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import SHAPES, sample
from windage.profiles.distance import bin_counts, ks, p_values, population_stability
from windage.profiles.numeric import NumericProfile
from windage.stats.psi import CountBox, psi, psi_bounds, quantile_cuts

ROUNDING = 1e-12


@st.composite
def windows(draw):
    """Reference and current values, and both as merged profiles of parts; the current often repeats the reference."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = (draw(st.integers(1, draw(st.sampled_from([12, 100, 1500])))) for _ in range(2))
    reference = sample(rng, draw(st.sampled_from(SHAPES)), n)
    if draw(st.booleans()):
        current = rng.choice(reference, m) + (rng.random(m) < 0.1)
    else:
        current = sample(rng, draw(st.sampled_from(SHAPES)), m)
    resolution = draw(st.sampled_from([2, 3, 5, 16, 64, 256]))

    def profiled(values, resolution):
        cuts = np.sort(rng.integers(0, values.size + 1, rng.integers(0, 4)))
        parts = np.split(rng.permutation(values), cuts)
        return NumericProfile.merge([NumericProfile.of(part, resolution=resolution) for part in parts])

    inexact = profiled(reference, resolution), profiled(current, draw(st.sampled_from([resolution, None])))
    return (NumericProfile.of(reference), NumericProfile.of(current)), inexact


@given(windows())
def test_the_exact_ks_distance_and_p_value_lie_in_their_intervals(given_windows):
    exact, inexact = (ks(*each) for each in given_windows)
    assert exact.statistic.low == exact.statistic.value == exact.statistic.high
    assert inexact.statistic.low <= inexact.statistic.value <= inexact.statistic.high
    assert inexact.statistic.low - ROUNDING <= exact.statistic.value <= inexact.statistic.high + ROUNDING
    p_exact, p_inexact = p_values([exact, inexact])
    assert p_inexact.low <= p_inexact.value <= p_inexact.high
    assert p_inexact.low * (1 - 1e-9) <= p_exact.value <= p_inexact.high * (1 + 1e-9)


@settings(max_examples=600)
@given(windows(), st.sampled_from([2, 3, 4, 10, 25]))
def test_the_exact_psi_lies_in_its_interval(given_windows, bins):
    exact, inexact = (population_stability(*each, bins=bins) for each in given_windows)
    assert exact.low == exact.value == exact.high
    assert 0 <= inexact.low <= inexact.value <= inexact.high
    assert inexact.low - ROUNDING <= exact.value <= inexact.high * (1 + ROUNDING) + ROUNDING
    json.dumps(inexact, allow_nan=False)


@given(windows())
def test_profiles_without_slack_give_the_exact_distances(given_windows):
    exact, inexact = given_windows
    if all(profile.slack == 0 for profile in inexact):
        assert ks(*inexact).statistic == pytest.approx(ks(*exact).statistic, abs=1e-15)
        assert population_stability(*inexact, bins=10) == pytest.approx(population_stability(*exact, bins=10))


def test_a_finer_profile_gives_a_narrower_interval():
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=50_000), rng.normal(0.2, 1, 20_000)
    widths = []
    for resolution in (64, 512, 4096):
        profiles = [NumericProfile.of(each, resolution=resolution) for each in (reference, current)]
        estimates = ks(*profiles).statistic, population_stability(*profiles, bins=10)
        widths.append([each.high - each.low for each in estimates])
    assert (np.diff(widths, axis=0) < 0).all()
    assert widths[-1][0] <= 2 / 4096
    assert widths[-1][1] < 0.02


@pytest.mark.parametrize("zeros", [0.15, 0.6, 0.93, 0.999])
def test_a_feature_that_is_mostly_one_value_is_still_bounded_tightly(zeros):
    """Otherwise every such feature would be undecided in every window, and its rows read again."""
    rng = np.random.default_rng(0)
    samples = [np.where(rng.random(n) < zeros, 0.0, rng.exponential(size=n)) for n in (100_000, 20_000)]
    exact = population_stability(*map(NumericProfile.of, samples), bins=10).value
    rough = population_stability(*(NumericProfile.of(each, resolution=4096) for each in samples), bins=10)
    assert rough.low <= exact <= rough.high
    assert rough.high - rough.low < 0.02


def test_an_exact_reference_has_no_uncertain_cuts():
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=5000), rng.normal(size=50_000)
    rough = population_stability(NumericProfile.of(reference), NumericProfile.of(current, resolution=4096), bins=10)
    assert rough.high - rough.low < 0.005


@pytest.mark.parametrize(
    ("quantiles", "cuts"),
    [
        ([0.0, 1.0, 2.0, 3.0], [1.0, 2.0]),
        ([0.0, 0.0, 2.0, 3.0], [2.0]),
        ([0.0, 1.0], [5e-324, 1.0]),
        ([5.0, 5.0, 5.0], [5.0, np.nextafter(5.0, 6.0)]),
        ([], []),
    ],
)
def test_cuts_of_quantiles(quantiles, cuts):
    assert quantile_cuts(np.array(quantiles)).tolist() == cuts


def test_rows_in_bins_by_hand():
    profile = NumericProfile.of(np.array([1.0, 2.0, 2.0, 3.0]))
    assert bin_counts(profile, np.array([2.0, 3.0])).tolist() == [1, 2, 1]
    assert bin_counts(profile, np.array([0.0, 9.0])).tolist() == [0, 4, 0]


def test_psi_of_counts_by_hand():
    assert psi(np.array([1.0, 3.0]), np.array([3.0, 1.0])) == pytest.approx(2 * 0.5 * np.log(3))
    assert psi(np.array([1.0, 0.0, 3.0]), np.array([3.0, 0.0, 1.0])) == pytest.approx(2 * 0.5 * np.log(3))
    assert np.isnan(psi(np.zeros(2), np.array([1.0, 1.0])))


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(1, 40), st.integers(1, 40))
def test_the_bounds_of_a_box_hold_the_psi_of_any_counts_in_it(seed, bins, n, m):
    rng = np.random.default_rng(seed)
    counts = [rng.multinomial(total, rng.dirichlet(np.full(bins, 0.4))).astype(float) for total in (n, m)]
    boxes = [
        CountBox(
            np.maximum(each - rng.integers(0, 4, bins), 0), np.minimum(each + rng.integers(0, 4, bins), total), total
        )
        for each, total in zip(counts, (n, m), strict=True)
    ]
    low, high = psi_bounds(*boxes, bins=bins)
    assert low - ROUNDING <= psi(*counts) <= high + ROUNDING


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(1, 60), st.integers(1, 60))
def test_the_bounds_of_bins_put_together_hold_the_psi_of_the_fine_ones(seed, bins, n, m):
    rng = np.random.default_rng(seed)
    fine = [rng.multinomial(total, rng.dirichlet(np.full(bins, 0.5))).astype(float) for total in (n, m)]
    starts = np.unique(np.append(0, rng.integers(0, bins, rng.integers(1, bins))))
    coarse = [np.add.reduceat(each, starts) for each in fine]
    low, high = psi_bounds(*(CountBox(each, each, int(each.sum())) for each in coarse), bins=bins)
    assert low - ROUNDING <= psi(*fine) <= high + ROUNDING


def test_a_box_that_is_a_point_bounds_to_the_psi_itself():
    counts = np.array([10.0, 20.0, 30.0]), np.array([5.0, 5.0, 2.0])
    bounds = psi_bounds(*(CountBox(each, each, int(each.sum())) for each in counts), bins=3)
    assert bounds == pytest.approx((psi(*counts), psi(*counts)), rel=1e-12)
