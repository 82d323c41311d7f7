"""Telemetry of a window, computed from its profile."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile
from windage.vocabulary import ConfidenceStats, TelemetrySnapshot, Window, utc_now


def window_telemetry(
    window: WindowProfile,
    *,
    reject_label: str,
    missingness: Mapping[str, float] | None = None,
    monitor: str | None = None,
    period: Window | None = None,
) -> TelemetrySnapshot:
    """The same aggregates as ``compute_telemetry``; the timestamp is the window's end, or now if that is unknown."""
    labels, confidence, scores = window.labels, window.confidence, window.scores
    start, end = (period.start, period.end) if period else (window.first_at, window.last_at)
    if missingness is None:
        missingness = {name: profile.missing_share for name, profile in window.numeric.items()}
    return TelemetrySnapshot(
        timestamp=end or utc_now(),
        monitor=monitor,
        window_start=start,
        window_end=end,
        total_windows=window.rows,
        feature_missingness=dict(missingness),
        confidence_stats=confidence_stats(confidence) if confidence else None,
        reject_rate=labels.share(reject_label) if labels else 0.0,
        mean_entropy=scores.entropy.moments.mean if scores and scores.entropy.finite else 0.0,
        class_distribution=labels.shares() if labels else {},
    )


def confidence_stats(confidence: NumericProfile) -> ConfidenceStats | None:
    """None if no confidence is finite, or if their sum overflows."""
    p5, median, p95 = confidence.quantiles(np.array([0.05, 0.5, 0.95])).tolist()
    mean, std = confidence.moments.mean, confidence.standard_deviation
    if not np.isfinite([mean, std]).all():
        return None
    return ConfidenceStats(mean=mean, median=median, p5=p5, p95=p95, std=std)
