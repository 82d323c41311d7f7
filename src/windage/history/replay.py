"""History judged again under another policy, from cached profiles alone: what would have alerted, and what would not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context

import numpy as np

from windage.checks.check import Check
from windage.cores import usable_cores
from windage.errors import BrokenFile, InvalidInput
from windage.judging.job import WindowJob
from windage.partitions.plan import WindowPlan, data_intervals
from windage.policy import CalibratedPolicy, Policy
from windage.profiles.window import WindowProfile
from windage.spec.choice import checks_for
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.verdict.slow_drift import slow_drift, with_slow_drift
from windage.vocabulary import CheckResult, Document, DriftReport, Outcome, PartitionRef, Window, day_or_minute

FEW_WINDOWS = 20
"""Another process is worth its start for this many windows."""
QUARTER = timedelta(days=91)
SCALES = tuple(np.round(np.geomspace(1, 4, 25), 3).tolist())
"""The factors that critical gates are widened by in the search for a budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredWindow:
    """One window's measurements, which any policy can judge: against its reference and, in ``slow``, against a baseline."""

    window: Window
    results: tuple[CheckResult, ...]
    slow: tuple[CheckResult, ...] = ()
    baseline: Window | None = None


class Replay:
    """A monitor's history at one storage; every profile is loaded once, and every window measured once."""

    def __init__(self, job: WindowJob) -> None:
        self._job = job
        self._loaded: dict[str, WindowProfile] = {}
        self._last_baseline: tuple[tuple[PartitionRef, ...], WindowProfile | None] | None = None

    def plans(self, period: Window) -> list[WindowPlan]:
        """The plans of the windows of the monitor's schedule in a period, without those that have nothing to judge.

        Raises:
            InvalidInput: no window of the period has a partition.
        """
        found = {plan.current: plan for plan in map(self._job.plan, data_intervals(self._job.spec, period))}
        judged = [plan for plan in found.values() if plan.current_partitions and plan.reference_partitions]
        if not judged:
            raise InvalidInput(
                f"no window in {period} has both current and reference partitions. Give another --from and --to, "
                "or correct log.location."
            )
        return judged

    def unprofiled(self, plans: Sequence[WindowPlan]) -> list[PartitionRef]:
        """Partitions that are not in the cache, each once."""
        every = {self._job.profiler.key(each): each for plan in plans for each in plan.partitions}
        return self._job.profiler.missing(every.values())

    def measured(self, plans: Sequence[WindowPlan], policies: Sequence[Policy]) -> list[MeasuredWindow]:
        """What the checks of all policies measure in every window whose files are whole; on all cores if that pays."""
        cores = min(usable_cores(), len(plans) // FEW_WINDOWS)
        if cores < 2:
            return self._measured(plans, policies)
        parts = [plans[len(plans) * k // cores : len(plans) * (k + 1) // cores] for k in range(cores)]
        with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
            return [each for part in pool.map(self._measured, parts, [policies] * cores) for each in part]

    def _measured(self, plans: Sequence[WindowPlan], policies: Sequence[Policy]) -> list[MeasuredWindow]:
        checks = list({check.name: check for policy in policies for check in self.checks(policy)}.values())
        found = []
        for plan in plans:
            try:
                reference, current = self._job.windows(plan, profiled=self._load)
            except BrokenFile:
                continue
            ask = partial(measure, current=current, policy=policies[0])
            results, slow = (
                tuple(ask(check, each) for check in checks) if each else ()
                for each in (reference, self._baseline(plan))
            )
            found.append(MeasuredWindow(window=plan.current, results=results, slow=slow, baseline=plan.baseline))
            self._forget(plan.reference.start)
        return found

    def _baseline(self, plan: WindowPlan) -> WindowProfile | None:
        """The plan's baseline, put together once for all windows in a row that share it."""
        if self._last_baseline is None or self._last_baseline[0] != plan.baseline_partitions:
            self._last_baseline = plan.baseline_partitions, self._job.baseline(plan)
        return self._last_baseline[1]

    def checks(self, policy: Policy) -> list[Check]:
        spec = self._job.spec
        return checks_for(spec.log, policy, spec.checks)

    def _load(self, partition: PartitionRef) -> WindowProfile:
        key = self._job.profiler.key(partition)
        if key not in self._loaded:
            self._loaded[key] = self._job.profiler.profile(partition)
        return self._loaded[key]

    def _forget(self, before: datetime) -> None:
        """Let go of what no later window needs."""
        self._loaded = {
            key: profile
            for key, profile in self._loaded.items()
            if profile.period is None or profile.period.start >= before
        }


def judged(measured: Sequence[MeasuredWindow], checks: Sequence[Check], policy: Policy) -> list[DriftReport]:
    """A policy's reports on what its checks measured, in the order of time."""
    names = {check.name for check in checks}

    def concluded(each: MeasuredWindow, results: Sequence[CheckResult]) -> DriftReport:
        asked = [result for result in results if result.check in names]
        return consolidate(asked, checks, policy=policy, at=each.window.end, current_window=each.window)

    def report(each: MeasuredWindow) -> DriftReport:
        found = concluded(each, each.results)
        slow = slow_drift(concluded(each, each.slow), found, baseline=each.baseline)
        return with_slow_drift(found, slow) if slow.alerts else found

    return list(map(report, measured))


def within_budget(
    measured: Sequence[MeasuredWindow], checks: Sequence[Check], policy: Policy, *, most_critical: int
) -> float | None:
    """The smallest common scale of critical gates that keeps every quarter within its budget; None if none does.

    Raises:
        InvalidInput: the policy has no scale to set.
    """
    if not isinstance(policy, CalibratedPolicy):
        raise InvalidInput(f"policy {policy.name} has no critical_scale to find. Use --policy calibrated.")
    for scale in SCALES:
        tried = policy.model_copy(update={"critical_scale": policy.critical_scale * scale})
        if _most_critical_in_a_quarter(judged(measured, checks, tried)) <= most_critical:
            return tried.critical_scale
    return None


class PolicyTally(Document):
    """How often one policy alerts: the windows by their starts, and its alerts by trigger."""

    alerting: tuple[str, ...]
    critical: tuple[str, ...]
    unknown: int
    most_critical_in_a_quarter: int
    triggers: dict[str, int]


class Comparison(Document):
    """What would change in a history if another policy judged it."""

    monitor: str
    windows: int
    present: PolicyTally
    changed: PolicyTally
    newly_alerting: tuple[str, ...]
    newly_silent: tuple[str, ...]
    newly_critical: tuple[str, ...]
    no_longer_critical: tuple[str, ...]


def compared(monitor: str, present: Sequence[DriftReport], changed: Sequence[DriftReport]) -> Comparison:
    """Two policies' reports on the same windows."""
    before, after = _tally(present), _tally(changed)
    return Comparison(
        monitor=monitor,
        windows=len(present),
        present=before,
        changed=after,
        newly_alerting=_less(after.alerting, before.alerting),
        newly_silent=_less(before.alerting, after.alerting),
        newly_critical=_less(after.critical, before.critical),
        no_longer_critical=_less(before.critical, after.critical),
    )


def _tally(reports: Sequence[DriftReport]) -> PolicyTally:
    return PolicyTally(
        alerting=_starts(each for each in reports if each.alerts),
        critical=_starts(each for each in reports if each.any_critical),
        unknown=sum(each.outcome is Outcome.unknown for each in reports),
        most_critical_in_a_quarter=_most_critical_in_a_quarter(reports),
        triggers=dict(Counter(str(alert.trigger) for each in reports for alert in each.alerts).most_common()),
    )


def _starts(reports: Iterable[DriftReport]) -> tuple[str, ...]:
    return tuple(day_or_minute(each.current_window.start) for each in reports if each.current_window)


def _most_critical_in_a_quarter(reports: Iterable[DriftReport]) -> int:
    """The most critical windows that ended within any 91 days."""
    ends = [each.current_window.end for each in reports if each.any_critical and each.current_window]
    return max((sum(end <= each < end + QUARTER for each in ends) for end in ends), default=0)


def _less(some: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    known = set(others)
    return tuple(each for each in some if each not in known)
