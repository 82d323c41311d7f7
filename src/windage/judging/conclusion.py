"""The report of one window, from what its checks measured: judged, explained, and held against the frozen baseline too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from windage.judging.feature_batches import ask_in_batches
from windage.labeling.window_labels import WindowLabels
from windage.partitions.plan import WindowPlan
from windage.partitions.windows import Windows
from windage.profiles.window import Profiles, WindowProfile
from windage.stats.ordinary import LEAST_DAYS
from windage.telemetry.profile import window_telemetry
from windage.verdict.attribution import RowsToSplit, attribute, split_over_groups
from windage.verdict.consolidation import consolidate
from windage.verdict.details import with_units
from windage.verdict.findings import with_findings
from windage.verdict.measuring import measure
from windage.verdict.onset import with_onset_of_missing_rows, with_onsets
from windage.verdict.pictures import illustrate
from windage.verdict.slow_drift import slow_drift, with_slow_drift
from windage.verdict.user_medians import with_user_medians
from windage.vocabulary import CheckResult, DriftReport, PartitionRef, Window, utc_now

if TYPE_CHECKING:
    from windage.spec.model import MonitorSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowConclusion:
    """All that the report of a plan's window is made from, except the measurements: the monitor, its data, people's labels."""

    spec: MonitorSpec
    plan: WindowPlan
    data: Windows
    labels: WindowLabels
    reference: WindowProfile
    current: WindowProfile

    def report(self, results: Sequence[CheckResult], *, at: datetime) -> DriftReport:
        """The report with pictures, telemetry and slow drift, and for each alert since when it lasts and whose rows moved."""
        report = self._consolidated(results, at=at)
        report = self._detailed(report, (self.reference, self.current), self.plan.reference_partitions)
        report = self._with_slow_drift(report)
        return with_findings(report) if self.spec.policy.knows_days else report

    def _consolidated(self, results: Sequence[CheckResult], *, at: datetime) -> DriftReport:
        spec, plan = self.spec, self.plan
        telemetry = window_telemetry(
            self.current, monitor=spec.monitor, period=plan.current, reject_label=spec.log.reject_label
        )
        return consolidate(
            results,
            spec.checks_to_run(),
            policy=spec.policy,
            at=at,
            monitor=spec.monitor,
            reference_window=plan.reference,
            current_window=plan.current,
            reference_rows=self.reference.rows,
            current_rows=self.current.rows,
            missing_partitions=list(plan.missing),
            unread=[*plan.unread, *self.data.broken_in(plan.reference_partitions)],
            not_asked=spec.not_asked(),
            realised_performance=self.labels.with_realised(plan, self.current).realised,
            telemetry_snapshot=self.labels.with_answers(telemetry),
        )

    def _detailed(
        self,
        report: DriftReport,
        windows: Profiles,
        partitions: Sequence[PartitionRef],
        *,
        later: Sequence[WindowProfile] = (),
    ) -> DriftReport:
        """The report with each alert's picture, onset and attribution.

        Args:
            windows: the reference and the current window that were compared.
            partitions: what the reference was made from.
            later: days after them that are part of the trailing reference.
        """
        reference, current = windows
        report = with_units(illustrate(report, reference, current), self.spec.log.units)
        if self.spec.policy.knows_days and report.alerts:
            between = (*later, *self.data.between(self.plan, self.reference))
            report = with_onsets(report, self.spec.checks_to_run(), reference, current, between=between)
            report = with_onset_of_missing_rows(report, (*reference.days, *between))
        return self._attributed(report, windows, partitions)

    def _attributed(self, report: DriftReport, windows: Profiles, partitions: Sequence[PartitionRef]) -> DriftReport:
        """The report with the users and groups whose rows moved. A policy that knows days has the rows of the reference read
        again for this as well."""
        reference, current = windows
        log, policy = self.spec.log, self.spec.policy
        user = log.user if current.has_users else None
        columns = [*([user] if user else []), *(log.segments if policy.knows_days else ())]
        if not (report.alerts and columns):
            return report
        checks = self.spec.checks_to_run()
        rows = self.data.rows(self.plan.current_partitions, "the current window")
        if user:
            report = attribute(report, checks, windows, rows=rows, users=rows.users())
        if not policy.knows_days:
            return report
        of_days = self.data.by_day(self.plan, partitions, reference.days)
        to_split = RowsToSplit(
            current=rows,
            reference={
                period.start: partial(self.data.rows, some, f"the partition of {period}")
                for period, some in of_days.items()
                if period is not None
            },
            columns=columns,
            users=user,
        )
        report = split_over_groups(report, checks, windows, to_split, policy=policy)
        return with_user_medians(report, windows, to_split)

    def _with_slow_drift(self, report: DriftReport) -> DriftReport:
        """The report with what only the frozen baseline shows; it is a warning at most."""
        plan, policy = self.plan, self.spec.policy
        baseline = self.data.baseline(plan)
        if baseline is None:
            told = [] if plan.baseline is None else [_too_few_days(plan.baseline)]
            return report.model_copy(update={"unread": [*report.unread, *told]})
        checks = self.spec.checks_to_run()
        results = ask_in_batches(
            checks,
            self.current,
            log=self.spec.log,
            ask=lambda check, asked: measure(check, baseline, asked, policy=policy),
        )
        against = consolidate(results, checks, policy=policy, at=report.generated_at or utc_now())
        slow = slow_drift(against, report, baseline=plan.baseline)
        if not slow.alerts:
            return report
        compared = (baseline, self.current)
        slow = self._detailed(slow, compared, plan.baseline_partitions, later=self.reference.days)
        return with_slow_drift(report, slow)


def _too_few_days(baseline: Window) -> str:
    return (
        f"The baseline {baseline} has data of fewer than {LEAST_DAYS} days, so slow drift could not be judged. Promote another "
        "with windage baseline promote."
    )
