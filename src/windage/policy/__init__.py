"""Limits: which measurement becomes an alert, and how severe. Presets by name."""

from collections.abc import Mapping

from windage.policy.calibrated import CalibratedPolicy
from windage.policy.reference import ReferencePolicy, limits_of_caller

Policy = ReferencePolicy | CalibratedPolicy
PRESETS: Mapping[str, type[Policy]] = {policy.name: policy for policy in (ReferencePolicy, CalibratedPolicy)}

__all__ = ["PRESETS", "CalibratedPolicy", "Policy", "ReferencePolicy", "limits_of_caller"]
