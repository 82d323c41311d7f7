"""A window's verdict among Airflow's own metrics, so that dashboards and alarms that exist can show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.observability import stats

from windage.vocabulary import Outcome

if TYPE_CHECKING:
    from windage.vocabulary import DriftReport


def gauges(report: DriftReport) -> dict[str, float]:
    """The numbers that are sent, by the ends of their names; ``window_end`` is in seconds since 1970, for alarms on its
    age."""
    severities = [each.severity for each in report.alerts]
    outcomes = [each.outcome for each in report.of_rows.values()]
    told: dict[str, float] = {
        "alerts.critical": severities.count("critical"),
        "alerts.warning": severities.count("warning"),
        "checks.unknown": outcomes.count(Outcome.unknown),
        "checks.error": outcomes.count(Outcome.error),
        "partitions.missing": len(report.lacking),
    }
    if report.current_rows is not None:
        told["rows"] = report.current_rows
    if report.current_window is not None:
        told["window_end"] = report.current_window.end.timestamp()
    return told


def send(report: DriftReport) -> None:
    """Set each gauge twice, as Airflow does with its own: by a name for all monitors with a tag ``monitor``, and by a
    name of the monitor's, because plain StatsD has no tags."""
    for name, value in gauges(report).items():
        stats.gauge(f"windage.{name}", value, tags={"monitor": report.monitor})
        stats.gauge(f"windage.{report.monitor}.{name}", value)
