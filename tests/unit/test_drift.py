"""One statistic at a time, on plain arrays: no fewest rows, and the same limits as in the whole check."""

import math

import numpy as np
import pandas as pd
import pytest

from windage import (
    compute_ks,
    compute_psi,
    detect_class_shift,
    detect_entropy_spike,
    detect_reject_rate_increase,
    feature_drift_report,
)
from windage.errors import InvalidInput


def test_features_by_themselves():
    rng = np.random.default_rng(0)
    reference = pd.DataFrame({"calm": rng.normal(size=300), "moved": rng.normal(size=300), "text": "t"})
    current = reference.assign(moved=reference["moved"] + 2)
    report = feature_drift_report(reference, current, ["calm", "moved", "text", "gone"])
    assert report.flagged_features == ["moved"]
    assert [(each.feature, each.is_drifted) for each in report.results] == [("calm", False), ("moved", True)]
    assert list(report.unknown) == ["text", "gone"]
    assert report.results[1].psi == compute_psi(reference["moved"], current["moved"])
    assert report.results[1].ks_p_value == compute_ks(reference["moved"], current["moved"]).p_value
    assert feature_drift_report(reference, current, []).results == []


@pytest.mark.parametrize(("frames", "named"), [(({"x": [1]}, None), "ref_df"), ((pd.DataFrame(), [1]), "cur_df")])
def test_features_of_what_is_no_frame(frames, named):
    with pytest.raises(InvalidInput, match=f"^{named} must be a pandas DataFrame; got "):
        feature_drift_report(*frames, ["x"])


def test_three_rows_are_judged_when_one_statistic_is_asked_for():
    assert detect_reject_rate_increase(["a"] * 3, ["Mixed/Unknown", "a", "a"]).is_flagged
    assert detect_class_shift(["a", "b"], ["a", "a"]).is_flagged
    assert detect_entropy_spike([[0.99, 0.01]], [[0.5, 0.5]]).is_flagged


@pytest.mark.parametrize("threshold", [0.3, 0.3 + 5e-10])
def test_a_reject_rate_at_its_threshold(threshold):
    assert detect_reject_rate_increase(["a"] * 10, ["Mixed/Unknown"] * 3 + ["a"] * 7, threshold=threshold).is_flagged


def test_nothing_given_is_nothing_known():
    assert detect_reject_rate_increase([], ["a"]).increase is None
    assert detect_class_shift([], []).max_shift is None
    assert detect_entropy_spike(np.empty((0, 2)), [[0.5, 0.5]]).ratio is None


@pytest.mark.parametrize("bins", [1, 0, -1, 2.5, "10", None, True])
def test_bins_that_are_none(bins):
    with pytest.raises(InvalidInput, match="whole number, at least 2"):
        compute_psi([1, 2, 3], [1, 2, 3], bins)


def test_a_number_of_bins_from_numpy():
    assert compute_psi([1, 2, 3], [1, 2, 3], np.int64(2)) == 0


@pytest.mark.parametrize("values", [["a"], [{}], {}, [[1], [1, 2]], [10**400, 1]])
@pytest.mark.parametrize("statistic", [compute_psi, compute_ks])
def test_samples_that_are_no_numbers(statistic, values):
    with pytest.raises(InvalidInput, match="cannot be read as numbers"):
        statistic([1.0], values)


def test_samples_are_not_changed():
    sample = np.array([3.0, 1.0, 2.0])
    compute_psi(sample, sample)
    compute_ks(sample, sample)
    assert sample.tolist() == [3.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("call", "limit"),
    [
        (lambda limit: detect_reject_rate_increase(["a"], ["a"], threshold=limit), -1),
        (lambda limit: detect_class_shift(["a"], ["a"], threshold=limit), math.nan),
        (lambda limit: detect_entropy_spike([[1.0]], [[1.0]], spike_multiplier=limit), 0),
        (lambda limit: feature_drift_report(pd.DataFrame(), pd.DataFrame(), [], ks_alpha=limit), 2),
    ],
)
def test_limits_that_cannot_be_one(call, limit):
    with pytest.raises(InvalidInput, match="got"):
        call(limit)


@pytest.mark.parametrize("probabilities", [[0.5, 0.5], 1.0, [["a"]]])
def test_probabilities_that_are_no_matrix(probabilities):
    with pytest.raises(InvalidInput, match="probabilities"):
        detect_entropy_spike([[0.5, 0.5]], probabilities)
