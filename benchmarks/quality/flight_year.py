"""The demonstration's year, day by day, under both policies: a picture, and what each alarm was about.

    python benchmarks/quality/flight_year.py [--out docs/images/calendar.png]

The monitor is the one that is shipped: every feature of the log is watched, weather included, beside the 28 days before.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from windage.demo.home import shipped_dags, write_log
from windage.judging.job import WindowJob
from windage.policy import CalibratedPolicy, Policy, ReferencePolicy
from windage.spec import load_monitor
from windage.spec.model import MonitorSpec
from windage.vocabulary import DriftReport, Window

FIRST, LAST = date(2013, 1, 29), date(2013, 12, 31)
COLOURS = {"critical": "#b42318", "warning": "#f5b94d", "quiet": "#dfe7e2"}


def monitor(policy: Policy) -> MonitorSpec:
    """The demonstration's own."""
    shipped = load_monitor(shipped_dags() / "monitors" / "flights.yaml")
    return shipped.model_copy(update={"policy": policy})


def judged(policy: Policy, storage: str) -> Iterator[tuple[date, DriftReport]]:
    job = WindowJob(monitor(policy), storage=storage)
    for offset in range((LAST - FIRST).days + 1):
        start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(days=offset)
        yield start.date(), job.judge(Window(start=start, end=start + timedelta(days=1)))


def severity(report: DriftReport) -> str:
    return "critical" if report.any_critical else "warning" if report.alerts else "quiet"


def picture(years: Mapping[str, Mapping[date, str]]) -> Figure:
    figure = Figure(figsize=(11, 6.4), layout="constrained")
    for axes, (name, days) in zip(figure.subplots(len(years), 1), years.items(), strict=True):
        for day, found in days.items():
            axes.add_patch(Rectangle((day.day - 0.5, day.month - 0.5), 0.9, 0.82, color=COLOURS[found], linewidth=0))
        counts = {each: sum(found == each for found in days.values()) for each in COLOURS}
        told = f"{counts['critical']} critical, {counts['warning']} warning, {counts['quiet']} quiet days"
        axes.set_title(f"{name}: {told}", loc="left", fontsize=10)
        axes.set(xlim=(0.4, 31.6), ylim=(12.6, 0.4), xticks=range(1, 32, 5), yticks=range(1, 13))
        axes.set_yticklabels(
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], fontsize=8
        )
        axes.tick_params(length=0, labelsize=8)
        axes.spines[:].set_visible(False)
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    out = parser.parse_args().out
    years: dict[str, dict[date, str]] = {}
    with tempfile.TemporaryDirectory() as storage:
        write_log(Path(storage) / "demo" / "flights")
        for policy in (ReferencePolicy(), CalibratedPolicy()):
            years[policy.name] = {}
            for day, report in judged(policy, storage):
                years[policy.name][day] = severity(report)
                if policy.name == CalibratedPolicy.name and report.alerts:
                    told = (
                        f"{each.trigger} {', '.join(each.affected_features)} ({each.severity})"
                        for each in report.alerts
                    )
                    print(f"{day:%a %d %b}  {'; '.join(told)}", flush=True)
    for name, days in years.items():
        print(name, {each: sum(found == each for found in days.values()) for each in COLOURS})
    if out:
        picture(years).savefig(out, dpi=110)


if __name__ == "__main__":
    main()
