"""The steps by which one window of one monitor is judged; each is what one Airflow task does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from windage.checks import discovered
from windage.checks.check import Check
from windage.checks.looks import of_other_days
from windage.checks.seasons import as_lived
from windage.errors import InvalidInput, did_you_mean
from windage.feature_batches import ask_about_batch, ask_in_batches
from windage.files import join
from windage.labeling.window_labels import WindowLabels
from windage.partitions.baselines import DecisionStore
from windage.partitions.broken_files import BrokenFiles
from windage.partitions.cache import ProfileCache
from windage.partitions.engines.engine import Engine
from windage.partitions.parquet import ParquetColumns
from windage.partitions.plan import WindowPlan, plan_window
from windage.partitions.profile import exact_window
from windage.partitions.profiler import Profiler
from windage.partitions.recipe import Recipe
from windage.partitions.relisting import relisted_if_gone
from windage.partitions.rows import ParquetRows
from windage.partitions.sources.source import find_partitions
from windage.profiles.window import WindowProfile
from windage.selection.drift_weight import drift_weight
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
from windage.vocabulary import (
    CheckResult,
    DriftAlert,
    DriftReport,
    PartitionRef,
    Window,
    utc_now,
)

if TYPE_CHECKING:
    from windage.spec.model import MonitorSpec


class WindowJob:
    """One monitor at one storage location: plan → profile → measure → conclude.

    Steps share nothing but documents and the profile cache, so each may run in another process, twice, or late.
    """

    def __init__(
        self, spec: MonitorSpec, *, storage: str, queue: str | None = None, engine: Engine | None = None
    ) -> None:
        """
        Args:
            queue: the path of a JSON file or the URL of a database that people's labels are in.
            engine: where partitions are profiled; default: in this process.
        """
        self.spec = spec.at(storage)
        self.storage = storage
        self.labels = WindowLabels(self.spec, queue)
        self.decisions = DecisionStore(storage, spec.monitor)
        self.recipe = Recipe(log=self.spec.log, resolution=spec.resolution, rows_at_once=spec.rows_at_once)
        cache = ProfileCache(join(storage, "profiles", spec.monitor), spec.log, resolution=spec.resolution)
        self.profiler = Profiler(self.recipe, cache, engine)
        self.broken = BrokenFiles()

    def plan(self, interval: Window) -> WindowPlan:
        return plan_window(self.spec, interval, self.decisions.read())

    def partitions(self, window: Window) -> tuple[PartitionRef, ...]:
        """The partitions that a window has."""
        return tuple(find_partitions(self.spec.log, window).present)

    def fingerprint(self, start: datetime) -> str:
        """What tells the content of the partition that begins then from any other; nothing where there is none."""
        found = self.partitions(Window(start=start, end=start + self.spec.log.every))
        return found[0].fingerprint if found else ""

    def measure(
        self,
        check: str,
        plan: WindowPlan,
        windows: tuple[WindowProfile, WindowProfile] | None = None,
        *,
        batch: int | None = None,
    ) -> CheckResult:
        """Ask one check of this plan's windows, which are loaded from the cache unless they are given.

        Args:
            batch: the one batch of its features to ask about; default: all.
        """
        asked = next((each for each in self.spec.checks_to_run() if each.name == check), None)
        if asked is None:
            raise InvalidInput(
                f"monitor {self.spec.monitor} does not run check {check!r}.{did_you_mean(check, discovered())} "
                "Add it to the monitor's checks."
            )
        reference, current = windows or self.windows(plan)
        ask = partial(self._measure, plan, reference)
        if batch is not None:
            return ask_about_batch(asked, batch, current, log=self.spec.log, ask=ask)
        return ask_in_batches([asked], current, log=self.spec.log, ask=ask)[0]

    def _measure(self, plan: WindowPlan, reference: WindowProfile, check: Check, current: WindowProfile) -> CheckResult:
        return measure(
            check,
            reference,
            self.labels.with_realised(plan, current) if check.needs == "answers" else current,
            policy=self.spec.policy,
            settle=lambda columns: self._exact(plan, columns),
        )

    def answers(self, plan: WindowPlan, windows: tuple[WindowProfile, WindowProfile]) -> list[CheckResult]:
        """What every check of the monitor measures."""
        reference, current = windows
        ask = partial(self._measure, plan, reference)
        return ask_in_batches(self.spec.checks_to_run(), current, log=self.spec.log, ask=ask)

    def conclude(
        self,
        plan: WindowPlan,
        results: Sequence[CheckResult],
        windows: tuple[WindowProfile, WindowProfile] | None = None,
        *,
        at: datetime | None = None,
    ) -> DriftReport:
        """The report of the window, with pictures, telemetry and whose rows moved."""
        reference, current = windows or self.windows(plan)
        checks = self.spec.checks_to_run()
        report = consolidate(
            results,
            checks,
            policy=self.spec.policy,
            at=at or utc_now(),
            monitor=self.spec.monitor,
            reference_window=plan.reference,
            current_window=plan.current,
            reference_rows=reference.rows,
            current_rows=current.rows,
            missing_partitions=list(plan.missing),
            unread=[*plan.unread, *self.broken.sentences(plan.reference_partitions)],
            not_asked=self.spec.not_asked(),
            realised_performance=self.labels.with_realised(plan, current).realised,
            telemetry_snapshot=self.labels.with_answers(
                window_telemetry(
                    current, monitor=self.spec.monitor, period=plan.current, reject_label=self.spec.log.reject_label
                )
            ),
        )
        nearest = self._nearest(plan, reference)
        report = self._explained(report, plan, plan.reference_partitions, windows=(reference, current), between=nearest)
        report = self._beside_baseline(report, plan, (reference, current), nearest)
        return with_findings(report) if self.spec.policy.knows_days else report

    def _explained(
        self,
        report: DriftReport,
        plan: WindowPlan,
        partitions: Sequence[PartitionRef],
        *,
        windows: tuple[WindowProfile, WindowProfile],
        between: Sequence[WindowProfile],
    ) -> DriftReport:
        """The report with what its reference, which these partitions make up, and the days ``between`` it and the window let
        say of its alerts: how it looks, since when it is there, and whose it is."""
        report = with_units(illustrate(report, *windows), self.spec.log.units)
        if self.spec.policy.knows_days:
            report = with_onsets(report, *windows, between=between, reject_label=self.spec.log.reject_label)
            report = with_onset_of_missing_rows(report, (*windows[0].days, *between))
        return self._whose(report, plan, partitions, windows)

    def _whose(
        self,
        report: DriftReport,
        plan: WindowPlan,
        partitions: Sequence[PartitionRef],
        windows: tuple[WindowProfile, WindowProfile],
    ) -> DriftReport:
        """The report with the users and groups whose rows moved; exactly, by reading the reference's rows as well."""
        log, user = self.spec.log, self.spec.log.user if windows[1].has_users else None
        columns = [*([user] if user else []), *(log.segments if self.spec.policy.knows_days else ())]
        if not (report.alerts and columns):
            return report
        checks = self.spec.checks_to_run()
        rows = ParquetRows(self._opened(plan.current_partitions, "the current window"), log)
        if user:
            report = attribute(report, checks, windows, rows=rows, users=rows.users())
        if not self.spec.policy.knows_days:
            return report
        known = {day.starts_at for day in windows[0].days}
        return split_over_groups(
            report,
            checks,
            windows,
            RowsToSplit(
                current=rows,
                reference={
                    each.period.start: partial(self._rows, each) for each in partitions if each.period.start in known
                },
                columns=columns,
                users=user,
            ),
            policy=self.spec.policy,
        )

    def _beside_baseline(
        self,
        report: DriftReport,
        plan: WindowPlan,
        windows: tuple[WindowProfile, WindowProfile],
        nearest: Sequence[WindowProfile],
    ) -> DriftReport:
        """The report with what the frozen baseline alone shows: slow drift, which is a warning at most."""
        reference, current = windows
        baseline = self.baseline(plan)
        if baseline is None:
            return report
        checks, policy = self.spec.checks_to_run(), self.spec.policy
        results = ask_in_batches(
            checks,
            current,
            log=self.spec.log,
            ask=lambda check, asked: measure(check, baseline, asked, policy=policy),
        )
        against = consolidate(results, checks, policy=policy, at=report.generated_at or utc_now())
        slow = slow_drift(against, report, baseline=plan.baseline)
        if not slow.alerts:
            return report
        days = (*reference.days, *nearest)
        slow = self._explained(slow, plan, plan.baseline_partitions, windows=(baseline, current), between=days)
        return with_slow_drift(report, slow)

    def queue_rows(self, plan: WindowPlan, report: DriftReport, queue: str) -> int:
        """Ask people about the rows of the current window that the monitor's strategy picks; how many are newly asked about.

        The same window picks the same rows again, whenever and however often it is asked.

        Args:
            queue: path of a JSON file or URL of a database.

        Raises:
            InvalidInput: the monitor does not name the column of a row's time.
        """
        labeling = self.spec.labeling
        if not report.alerts or not labeling.limit:
            return 0
        return self._ask(plan, queue, labeling.strategy, labeling.limit, alerts=report.alerts)

    def queue_trickle(self, plan: WindowPlan, queue: str) -> int:
        """Ask people about a few rows of any window, each as likely as any other, so that labels exist when drift starts."""
        if not plan.current_partitions:
            return 0
        return self._ask(plan, queue, "uniform", self.spec.labeling.trickle)

    def _ask(
        self, plan: WindowPlan, queue: str, strategy: str, limit: int, *, alerts: Sequence[DriftAlert] = ()
    ) -> int:
        from windage.labeling.queue import ActiveLabelingQueue
        from windage.labeling.window_rows import ask

        columns = self._opened(plan.current_partitions, "the current window")
        weight = drift_weight(alerts, ParquetRows(columns, self.spec.log), *self.windows(plan)) if alerts else None
        return ask(
            self.spec, columns, ActiveLabelingQueue(queue), plan, strategy, limit=limit, alerts=alerts, weight=weight
        )

    def judge(self, interval: Window, *, at: datetime | None = None) -> DriftReport:
        """All steps in this process."""
        plan = self.plan(interval)
        windows = self.windows(plan)
        return self.conclude(plan, self.answers(plan, windows), windows, at=at)

    def windows(
        self, plan: WindowPlan, *, profiled: Callable[[PartitionRef], WindowProfile] | None = None
    ) -> tuple[WindowProfile, WindowProfile]:
        """The plan's windows, of partitions that are ``profiled`` by this job unless they are kept elsewhere.

        A reference does without a day whose file is broken; its report says so.
        """
        load = profiled or self.profiler.profile
        before = self.broken.loaded(plan.reference_partitions, load)
        current = WindowProfile.merge(list(map(load, plan.current_partitions)))
        if not plan.current_partitions:  # a window without any is a day all the same
            current = replace(current, period=plan.current)
        reference = WindowProfile.merge(of_other_days(before, current))
        return reference, as_lived(reference, current)

    def _nearest(self, plan: WindowPlan, reference: WindowProfile) -> list[WindowProfile]:
        """The plan's last partitions before the current window, where they are too near to it to be its reference."""
        known = {day.starts_at for day in reference.days}
        left_out = [each for each in plan.reference_partitions if each.period.start not in known]
        return self.broken.loaded(self.broken.without(left_out), self.profiler.profile)

    def baseline(self, plan: WindowPlan) -> WindowProfile | None:
        """The plan's frozen baseline; None without one of enough days. Nothing that it shows needs rows."""
        if len(plan.baseline_partitions) < LEAST_DAYS:
            return None
        days = self.broken.loaded(plan.baseline_partitions, self.profiler.profile)
        return WindowProfile.merge([replace(each, sample=None) for each in days])

    def _rows(self, partition: PartitionRef) -> ParquetRows:
        return ParquetRows(self._opened([partition], f"the partition of {partition.period}"), self.spec.log)

    def _opened(self, partitions: Sequence[PartitionRef], where: str) -> ParquetColumns:
        return relisted_if_gone(self.spec.log, partitions, lambda found: self.recipe.open(found, where))

    def _exact(self, plan: WindowPlan, features: Sequence[str]) -> tuple[WindowProfile, WindowProfile]:
        """Both windows at full resolution, of the given features alone."""
        reference = self._opened(self.broken.without(plan.reference_partitions), "the reference window")
        current = self._opened(plan.current_partitions, "the current window")
        return exact_window(reference, self.spec.log, features), exact_window(current, self.spec.log, features)
