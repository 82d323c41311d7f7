"""The steps by which one window of one monitor is judged; each is what one Airflow task does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from windage.checks import discovered
from windage.checks.check import Check
from windage.errors import InvalidInput, did_you_mean
from windage.files import join
from windage.judging.conclusion import WindowConclusion
from windage.judging.feature_batches import ask_about_batch, ask_in_batches
from windage.labeling.window_labels import WindowLabels
from windage.partitions.baselines import ReferenceDecisionStore
from windage.partitions.cache import ProfileCache
from windage.partitions.engines.engine import Engine
from windage.partitions.layout import partition_start
from windage.partitions.plan import WindowPlan, plan_window
from windage.partitions.profiler import Profiler
from windage.partitions.recipe import Recipe
from windage.partitions.rows import ParquetRows
from windage.partitions.sources.source import find_partitions, partitions_of
from windage.partitions.windows import Windows
from windage.profiles.window import Profiles, WindowProfile
from windage.selection.drift_weight import drift_weight
from windage.verdict.measuring import measure
from windage.vocabulary import CheckResult, DriftAlert, DriftReport, PartitionRef, Window, utc_now

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
            queue: the path of a JSON file or the URL of a database that holds people's labels.
            engine: where partitions are profiled; default: in this process.
        """
        self.spec_as_written = spec
        """As the monitor's file describes it: a relative log location stays relative, so that history and storage can move."""
        self.spec = spec.at(storage)
        self.storage = storage
        self.labels = WindowLabels(self.spec, queue)
        self.decisions = ReferenceDecisionStore(storage, spec.monitor)
        self.recipe = Recipe(log=self.spec.log, resolution=spec.resolution, rows_at_once=spec.rows_at_once)
        cache = ProfileCache(join(storage, "profiles", spec.monitor), spec.log, resolution=spec.resolution)
        self.profiler = Profiler(self.recipe, cache, engine)
        self._data = Windows(self.recipe, self.profiler)

    def plan(self, interval: Window) -> WindowPlan:
        return plan_window(self.spec, interval, self.decisions.read())

    def partitions(self, window: Window) -> tuple[PartitionRef, ...]:
        """The partitions that a window has."""
        return tuple(find_partitions(self.spec.log, window).present)

    def fingerprints(self, starts: Iterable[datetime]) -> dict[datetime, str]:
        """The fingerprints of the partitions that contain these moments, all looked up at once; empty where there is none."""
        every = self.spec.log.every
        first = {start: partition_start(start, every) for start in starts}
        periods = [Window(start=start, end=start + every) for start in sorted(set(first.values()))]
        present = partitions_of(self.spec.log, periods).present if periods else []
        found = {each.period.start: each.fingerprint for each in present}
        return {start: found.get(own, "") for start, own in first.items()}

    def measure(self, check: str, plan: WindowPlan, *, batch: int | None = None) -> CheckResult:
        """Ask one check of this plan's windows, which are loaded from the cache.

        Args:
            batch: the one batch of its features to ask about; default: all.

        Raises:
            InvalidInput: the monitor does not run this check.
        """
        asked = next((each for each in self.spec.checks_to_run() if each.name == check), None)
        if asked is None:
            raise InvalidInput(
                f"monitor {self.spec.monitor} does not run check {check!r}.{did_you_mean(check, discovered())} "
                "Add it to the monitor's checks."
            )
        reference, current = self.windows(plan)
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
            settle=lambda columns: self._data.exact(plan, columns),
        )

    def answers(self, plan: WindowPlan, windows: Profiles) -> list[CheckResult]:
        """What every check of the monitor measures."""
        reference, current = windows
        ask = partial(self._measure, plan, reference)
        return ask_in_batches(self.spec.checks_to_run(), current, log=self.spec.log, ask=ask)

    def conclude(
        self,
        plan: WindowPlan,
        results: Sequence[CheckResult],
        windows: Profiles | None = None,
        *,
        at: datetime | None = None,
    ) -> DriftReport:
        """The report of the window, with pictures, telemetry and whose rows moved."""
        reference, current = windows or self.windows(plan)
        conclusion = WindowConclusion(
            spec=self.spec, plan=plan, data=self._data, labels=self.labels, reference=reference, current=current
        )
        return conclusion.report(results, at=at or utc_now())

    def queue_rows(self, plan: WindowPlan, report: DriftReport, queue: str) -> int:
        """Queue the rows of the current window that the monitor's strategy picks; returns how many are newly queued.

        A window picks the same rows every time, however often this is repeated.

        Args:
            queue: path of a JSON file or URL of a database.

        Raises:
            InvalidInput: the monitor does not name the column of a row's time.
        """
        labeling = self.spec.labeling
        if not report.alerts or not labeling.limit:
            return 0
        return self._queue(plan, queue, labeling.strategy, labeling.limit, alerts=report.alerts)

    def queue_trickle(self, plan: WindowPlan, queue: str) -> int:
        """Queue a few rows of any window, each as likely as any other, so that labels exist before drift starts."""
        if not plan.current_partitions:
            return 0
        return self._queue(plan, queue, "uniform", self.spec.labeling.trickle)

    def _queue(
        self, plan: WindowPlan, queue: str, strategy: str, limit: int, *, alerts: Sequence[DriftAlert] = ()
    ) -> int:
        from windage.labeling.queue import ActiveLabelingQueue
        from windage.labeling.window_rows import Draw, WindowRows, seed_of

        log, requests = self.spec.log, ActiveLabelingQueue(queue)
        columns = self._data.columns(plan.current_partitions, "the current window")
        chosen = WindowRows(columns, log, monitor=self.spec.monitor).select(
            Draw(
                strategy=strategy,
                limit=limit,
                uniform_share=self.spec.labeling.uniform_share if alerts else None,
                seed=seed_of(plan.current),
            ),
            asked=requests.asked(self.spec.monitor, plan.current),
            drift_weight=drift_weight(alerts, ParquetRows(columns, log), *self.windows(plan)) if alerts else None,
            affected=frozenset(user for alert in alerts for user in alert.affected_user_ids),
        )
        return requests.enqueue(chosen, reason="drift" if alerts else "uniform")

    def judge(self, interval: Window, *, at: datetime | None = None) -> DriftReport:
        """All steps in this process."""
        plan = self.plan(interval)
        windows = self.windows(plan)
        return self.conclude(plan, self.answers(plan, windows), windows, at=at)

    def windows(self, plan: WindowPlan, *, profiled: Callable[[PartitionRef], WindowProfile] | None = None) -> Profiles:
        """The plan's windows. ``profiled`` gives the profile of a partition; default: from the cache, or read now.

        A reference leaves out a day whose file is broken, and the report says so.
        """
        return self._data.load(plan, profiled=profiled)

    def baseline(self, plan: WindowPlan) -> WindowProfile | None:
        """The plan's frozen baseline; None if there is none, or if it has too few days."""
        return self._data.baseline(plan)
