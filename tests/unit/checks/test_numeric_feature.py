"""PSI and KS of each feature: which limit decides, how severe it is, and which rows carry it."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from windage.checks.numeric_feature import NumericFeature
from windage.errors import DataError
from windage.policy import ReferencePolicy
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import OnDemand, WindowProfile
from windage.vocabulary import DriftTrigger, Outcome

AT = datetime(2026, 3, 1, tzinfo=UTC)
CALM = np.tile(np.arange(10.0), 20)


def window(**columns):
    return WindowProfile(
        rows=200, numeric={name: NumericProfile.of(np.asarray(each, float)) for name, each in columns.items()}
    )


def concluded(reference, current, check=None, **limits):
    check = check or NumericFeature()
    policy = ReferencePolicy(**limits)
    return check.conclude([policy.judge(check, each) for each in check.measure(reference, current)], AT)


def of_psi(target):
    """A current window whose PSI against ten equal bins is ``target``: rows of the last bin become rows of the first."""
    for moved in range(20):
        current = CALM.copy()
        current[np.flatnonzero(current == 9)[:moved]] = 0
        p, q = 0.1, np.array([20 + moved, 20 - moved]) / 200
        if float(np.sum((q - p) * np.log(q / p))) > target:
            return current
    raise AssertionError(target)


@pytest.mark.parametrize(
    ("current", "trigger", "severity"),
    [
        (CALM, None, None),
        (of_psi(0.2), DriftTrigger.feature_psi, "warning"),
        (CALM + 7, DriftTrigger.feature_psi, "critical"),
        (CALM + 1, DriftTrigger.feature_psi, "critical"),
    ],
    ids=["calm", "just above the limit", "far", "a bin emptied"],
)
def test_psi_decides_first_and_twice_the_limit_is_critical(current, trigger, severity):
    alerts = concluded(window(x=CALM), window(x=current)).alerts
    assert [(each.trigger, each.severity) for each in alerts] == ([] if trigger is None else [(trigger, severity)])


def test_a_small_shift_of_many_rows_is_found_by_ks_alone():
    rng = np.random.default_rng(0)
    conclusion = concluded(window(x=rng.normal(size=3000)), window(x=rng.normal(0.15, 1, 3000)))
    (alert,) = conclusion.alerts
    assert (alert.trigger, alert.severity) == (DriftTrigger.feature_ks, "warning")
    assert alert.affected_features == ["x"]
    assert alert.details["psi"] < 0.2
    assert alert.details["ks_p_value"] < 0.05
    assert (alert.details["statistic"], alert.details["limit"]) == ("ks_p_value", 0.05)
    assert conclusion.summary == "Drifted features: x."


def test_psi_by_hand_in_the_report():
    """One bin of ten lost 10 of its 20 rows to another: shares .15 and .05 where .1 was."""
    current = CALM.copy()
    current[np.flatnonzero(current == 9)[:10]] = 0
    (result,) = concluded(window(x=CALM), window(x=current)).result.results
    assert result.psi == pytest.approx(0.05 * math.log(1.5) + 0.05 * math.log(2), rel=1e-12)
    assert result.ks_statistic == pytest.approx(0.05, rel=1e-12)
    assert result.bounds == {}


def test_fewer_bins_see_less():
    current = np.where(CALM == 0, 1, CALM)
    psi = [
        concluded(window(x=CALM), window(x=current), NumericFeature(bins=bins)).result.results[0].psi
        for bins in (10, 2)
    ]
    assert psi[0] > 0.1
    assert psi[1] == 0


def test_every_feature_answers_for_itself():
    def read(name):
        if name == "text":
            raise DataError("it is text")
        return NumericProfile.of(CALM)

    reference = WindowProfile(rows=200, numeric=OnDemand(["moved", "text", "gone", "short"], read))
    current = WindowProfile(
        rows=200,
        numeric={
            "moved": NumericProfile.of(CALM + 7),
            "text": NumericProfile.of(CALM),
            "short": NumericProfile.of(CALM[:49]),
            "new": NumericProfile.of(CALM),
        },
    )
    report = concluded(reference, current).result
    assert report.flagged_features == ["moved"]
    assert [each.feature for each in report.results] == ["moved"]
    assert report.unknown == {
        "text": "it is text",
        "gone": "too few rows with a value: 200 in the reference, 0 now; at least 50 needed",
        "short": "too few rows with a value: 200 in the reference, 49 now; at least 50 needed",
        "new": "too few rows with a value: 0 in the reference, 200 now; at least 50 needed",
    }


def test_features_stand_in_the_order_of_the_log_whichever_is_measured_first():
    names = [f"f{k}" for k in range(20)]
    windows = [window(**dict.fromkeys(names, CALM + shift)) for shift in (0, 7)]
    report = concluded(*windows).result
    assert report.flagged_features == names


def test_infinite_and_missing_values_are_left_out():
    current = np.concatenate([CALM, [np.inf, -np.inf, np.nan]])
    (measured,) = NumericFeature().measure(window(x=CALM), window(x=current))
    assert measured.rows == (200, 200)
    assert measured.values["psi"] == 0


def test_a_rough_profile_reports_the_interval_and_what_it_leaves_undecided():
    rng = np.random.default_rng(1)
    windows = [
        WindowProfile(rows=4000, numeric={"x": NumericProfile.of(rng.normal(shift, 1, 4000), resolution=32)})
        for shift in (0, 0.35)
    ]
    check = NumericFeature()
    (measured,) = check.measure(*windows)
    low, high = measured.bounds["psi"]
    assert low < measured.values["psi"] < high
    verdict = ReferencePolicy(psi_threshold=(low + high) / 2, ks_alpha=1e-300).judge(check, measured)
    assert verdict.undecided
    assert not ReferencePolicy(psi_threshold=high * 1.1, ks_alpha=1e-300).judge(check, measured).undecided


def test_a_measurement_of_an_empty_feature_is_no_number():
    (measured,) = NumericFeature().measure(window(x=CALM), window(x=[]))
    assert measured.values == {}
    assert ReferencePolicy(min_rows=1).judge(NumericFeature(), measured).outcome is Outcome.unknown
