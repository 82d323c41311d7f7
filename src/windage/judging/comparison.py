"""Two windows of Parquet files compared as they are read: no monitor, no cache, nothing kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from windage.checks.check import Check
from windage.partitions.parquet import ROWS_AT_ONCE, ParquetColumns
from windage.partitions.profile import exact_window, live_window
from windage.partitions.rows import ParquetRows
from windage.policy import Policy
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import OnDemand, Profiles
from windage.spec.log import Log
from windage.telemetry.profile import window_telemetry
from windage.verdict.attribution import attribute
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.verdict.pictures import illustrate
from windage.vocabulary import DriftReport, utc_now

POINTS = 4096


def resolution_for(*windows: ParquetColumns) -> int | None:
    """None, which keeps every value; ``POINTS``, which cost less memory, where a window has more rows than are read at once."""
    return POINTS if any(window.rows > ROWS_AT_ONCE for window in windows) else None


def compare(
    reference: ParquetColumns,
    current: ParquetColumns,
    log: Log,
    *,
    checks: Sequence[Check],
    policy: Policy,
    resolution: int | None = None,
    at: datetime | None = None,
) -> DriftReport:
    """The report on two windows of Parquet files. Each feature is read when it is compared, and then let go.

    Where a limit lies inside the certified interval of a feature's statistic, the feature is read again, exactly.
    """
    needed = (
        log if any(check.needs == "confidence" for check in checks) else log.model_copy(update={"confidence": None})
    )
    before = live_window(reference, needed, resolution=resolution)
    now = live_window(current, log, resolution=resolution)  # with the confidence, which is part of telemetry
    missingness: dict[str, float] = {}

    def noted(name: str) -> NumericProfile:
        profile = now.numeric[name]
        missingness[name] = profile.missing_share
        return profile

    def exact(features: Sequence[str]) -> Profiles:
        return exact_window(reference, log, features), exact_window(current, log, features)

    seen = replace(now, numeric=OnDemand(now.numeric, noted))
    results = [measure(check, before, seen, policy=policy, settle=exact) for check in checks]
    report = consolidate(
        results,
        checks,
        policy=policy,
        at=at or utc_now(),
        reference_rows=before.rows,
        current_rows=now.rows,
        telemetry_snapshot=window_telemetry(
            now,
            reject_label=log.reject_label,
            missingness={name: missingness[name] for name in log.numeric if name in missingness},
        ),
    )
    report = illustrate(report, before, now)
    if not report.alerts or not now.has_users:
        return report
    rows = ParquetRows(current, log)
    return attribute(report, checks, (before, now), rows=rows, users=rows.users())
