"""One statistic at a time: PSI, KS and each detector on plain arrays, frames and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from windage.checks.check import Check
from windage.checks.class_shift import ClassShift
from windage.checks.entropy import Entropy
from windage.checks.numeric_feature import NumericFeature
from windage.checks.reject_rate import RejectRate
from windage.errors import InvalidInput
from windage.partitions.frames import as_matrix, floats_of_caller, profile_frame, require_frame
from windage.policy import Policy, ReferencePolicy, limits_of_caller
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.distance import ks, p_values, population_stability
from windage.profiles.numeric import NumericProfile
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import WindowProfile
from windage.vocabulary import (
    REJECT_LABEL,
    ClassShiftResult,
    EntropyDrift,
    FeatureDriftReport,
    KsResult,
    RejectRateDrift,
    utc_now,
)

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


def compute_psi(reference: npt.ArrayLike, current: npt.ArrayLike, bins: int = 10) -> float:
    """Population stability index over ``bins`` equal-frequency bins of the reference; outer bins open.

    Values that are not finite are left out; ``nan`` when nothing is left of either sample.

    Raises:
        InvalidInput: a sample holds something that is not a number, or ``bins`` is not a whole number of at least 2.
    """
    before, now = _profile(reference), _profile(current)
    if not isinstance(bins, int | np.integer) or bins < 2:
        raise InvalidInput(f"bins must be a whole number, at least 2; got {bins!r}.")
    if not (before.finite and now.finite):
        return float("nan")
    return population_stability(before, now, bins=int(bins)).value


def compute_ks(reference: npt.ArrayLike, current: npt.ArrayLike) -> KsResult:
    """Two-sample Kolmogorov–Smirnov, equal to ``scipy.stats.ks_2samp`` on the finite values.

    Raises:
        InvalidInput: a sample holds something that is not a number.
    """
    before, now = _profile(reference), _profile(current)
    if not (before.finite and now.finite):
        return KsResult(statistic=None, p_value=None)
    distance = ks(before, now)
    (p_value,) = p_values([distance])
    return KsResult(statistic=distance.statistic.value, p_value=p_value.value)


def feature_drift_report(
    ref_df: pd.DataFrame,
    cur_df: pd.DataFrame,
    numerical_features: Sequence[str],
    *,
    psi_threshold: float = 0.2,
    ks_alpha: float = 0.05,
) -> FeatureDriftReport:
    """PSI and KS of each feature; one that is missing or holds no numbers is named under ``unknown``.

    Raises:
        InvalidInput: an argument is not a frame, or a limit is not a valid one.
    """
    require_frame(ref_df, "ref_df")
    require_frame(cur_df, "cur_df")
    with limits_of_caller():
        policy = ReferencePolicy(psi_threshold=psi_threshold, ks_alpha=ks_alpha, min_rows=1)
    reference = profile_frame(ref_df, numeric=numerical_features, where="the reference frame")
    current = profile_frame(cur_df, numeric=numerical_features, where="the current frame")
    return _conclude(NumericFeature(), reference, current, policy, kind=FeatureDriftReport)


def detect_reject_rate_increase(
    ref_labels: Sequence[Any], cur_labels: Sequence[Any], *, threshold: float = 0.10, reject_label: str = REJECT_LABEL
) -> RejectRateDrift:
    """Flag a reject rate that rose by at least ``threshold`` share points.

    Raises:
        InvalidInput: the threshold is not a valid one.
        DataError: the labels are not one text, number or boolean each.
    """
    with limits_of_caller():
        policy = ReferencePolicy(reject_increase_threshold=threshold, min_rows=1)
        check = RejectRate(reject_label=reject_label)
    return _conclude(check, _labelled(ref_labels), _labelled(cur_labels), policy, kind=RejectRateDrift)


def detect_entropy_spike(
    ref_probs: npt.ArrayLike, cur_probs: npt.ArrayLike, *, spike_multiplier: float = 2.0
) -> EntropyDrift:
    """Flag a mean prediction entropy above ``spike_multiplier`` times the reference's.

    Raises:
        InvalidInput: the probabilities are not a matrix of numbers, or the multiplier is not a valid one.
    """
    with limits_of_caller():
        policy = ReferencePolicy(entropy_multiplier=spike_multiplier, min_rows=1)
    return _conclude(
        Entropy(), _scored(ref_probs, "the reference"), _scored(cur_probs, "current"), policy, kind=EntropyDrift
    )


def detect_class_shift(
    ref_labels: Sequence[Any], cur_labels: Sequence[Any], *, threshold: float = 0.15
) -> ClassShiftResult:
    """Flag classes whose share moved by more than ``threshold`` share points.

    Raises:
        InvalidInput: the threshold is not a valid one.
        DataError: the labels are not one text, number or boolean each.
    """
    with limits_of_caller():
        policy = ReferencePolicy(class_shift_threshold=threshold, min_rows=1)
    return _conclude(ClassShift(), _labelled(ref_labels), _labelled(cur_labels), policy, kind=ClassShiftResult)


def _conclude(check: Check, reference: WindowProfile, current: WindowProfile, policy: Policy, *, kind: type[T]) -> T:
    ((_, verdicts),) = policy.judge_all([(check, list(check.measure(reference, current)))])
    result = check.conclude(verdicts, utc_now()).result
    assert isinstance(result, kind)  # noqa: S101 — what this check concludes with
    return result


def _profile(values: npt.ArrayLike) -> NumericProfile:
    sample = floats_of_caller(values, "a sample", wanted="numbers")
    return NumericProfile.of(sample.flatten(), reuse=True)


def _labelled(labels: Sequence[Any]) -> WindowProfile:
    return WindowProfile(rows=len(labels), labels=CategoricalProfile.of(labels))


def _scored(probabilities: npt.ArrayLike, where: str) -> WindowProfile:
    matrix = as_matrix(probabilities, where=where)
    return WindowProfile(rows=len(matrix), scores=ScoreProfile.of(matrix))
