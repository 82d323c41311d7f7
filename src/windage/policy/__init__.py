"""Limits: which measurement becomes an alert, and how severe. Presets by name."""

from windage.policy.calibrated import CalibratedPolicy
from windage.policy.reference import ReferencePolicy, limits_of_caller

Policy = ReferencePolicy | CalibratedPolicy

__all__ = ["CalibratedPolicy", "Policy", "ReferencePolicy", "limits_of_caller"]
