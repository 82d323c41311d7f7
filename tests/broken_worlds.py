"""At least one small window for each trigger, judged by the real checks, so that alerts hold what the checks put there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from daily import FOUR_WEEKS, MONDAY, REJECT, Columns, judge, window
from windage.checks.check import STRICT, Check, Conclusion, Gate, Verdict, alerted_each
from windage.checks.realised_performance import RealisedPerformance as PromisedPerformance
from windage.policy import CalibratedPolicy, ReferencePolicy
from windage.profiles.window import WindowProfile
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.verdict.pictures import illustrate
from windage.vocabulary import DriftReport, DriftTrigger, Measurement, RealisedPerformance

ROWS = 600
TODAY = range(28, 29)

Changed = Callable[[dict, np.random.Generator, int], None]


def ordinary(random: np.random.Generator, _: int) -> Columns:
    """A day with two correlated numeric features, 2 % of one missing, a categorical feature, labels, probabilities and
    twenty users."""
    speed, weight = random.normal(0, 1, ROWS), random.normal(50, 5, ROWS)
    weight += 3 * speed
    weight[random.random(ROWS) < 0.02] = np.nan
    sure = random.uniform(0.7, 0.8, ROWS)
    return {
        "numeric": {"speed": speed, "weight": weight},
        "categorical": {"origin": random.choice(["EWR", "JFK", "LGA", "TEB"], ROWS, p=[0.5, 0.05, 0.4, 0.05])},
        "labels": random.choice(["yes", "no", REJECT], ROWS, p=[0.5, 0.38, 0.12]),
        "probabilities": np.column_stack([sure, 1 - sure]),
        "users": np.repeat([f"user {k}" for k in range(20)], ROWS // 20),
    }


@cache
def ordinary_days(number: int) -> WindowProfile:
    """The profile of ``number`` ordinary days, the reference where only the last day is changed."""
    return window(range(number), ordinary)


def broken(change: Changed, random: np.random.Generator, at: int) -> Columns:
    columns = dict(ordinary(random, at))
    change(columns, random, len(columns["labels"]))
    return columns


def report_of(
    change: Changed, *, days: int = 1, reference: bool = False, few: bool = False, only: str | None = None
) -> DriftReport:
    """The report of day 28, where the last ``days`` days are changed; ``few`` leaves a reference of two days.

    ``only`` is the one check to run, if given.
    """

    def changed(random: np.random.Generator, at: int) -> Columns:
        return broken(change, random, at) if at > 28 - days else ordinary(random, at)

    before = ordinary_days(2 if few else 28) if days == 1 else window(FOUR_WEEKS, changed)
    now = window(TODAY, changed)
    report = judge(before, now, policy=ReferencePolicy() if reference else None, only=only)
    sizes = {"reference_rows": before.rows, "current_rows": now.rows}
    return illustrate(report, before, now).model_copy(update=sizes)


def _moved(by: float) -> Changed:
    def change(columns: dict, random: np.random.Generator, size: int) -> None:
        columns["numeric"] = {**columns["numeric"], "speed": columns["numeric"]["speed"] + by}

    return change


def _numeric(name: str, values: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Changed:
    def change(columns: dict, random: np.random.Generator, size: int) -> None:
        columns["numeric"] = {**columns["numeric"], name: values(columns["numeric"][name], random)}

    return change


def _origins(names: list[str], shares: list[float]) -> Changed:
    def change(columns: dict, random: np.random.Generator, size: int) -> None:
        columns["categorical"] = {"origin": random.choice(names, size, p=shares)}

    return change


def _labels(names: list[str], shares: list[float]) -> Changed:
    def change(columns: dict, random: np.random.Generator, size: int) -> None:
        columns["labels"] = random.choice(names, size, p=shares)

    return change


def _sure(low: float, high: float) -> Changed:
    def change(columns: dict, random: np.random.Generator, size: int) -> None:
        sure = random.uniform(low, high, size)
        columns["probabilities"] = np.column_stack([sure, 1 - sure])

    return change


def _confident(low: float, high: float) -> Changed:
    def change(columns: dict, random: np.random.Generator, size: int) -> None:
        columns["confidence"] = random.uniform(low, high, size)

    return change


def _labelled(accuracy: float, low: float, high: float) -> DriftReport:
    """The report of an ordinary day with labels that give this accuracy and its interval; 80 % were promised."""
    found = RealisedPerformance(
        rows=200, users=20, accuracy=accuracy, accuracy_interval=(low, high), macro_f1=0.6, macro_f1_interval=(0.5, 0.7),
        confusion={"yes": {"yes": 0.4, "no": 0.3}, "no": {"no": 0.3}},
    )  # fmt: skip
    check = PromisedPerformance(promised=0.8)
    before, now = ordinary_days(28), replace(window(TODAY, ordinary), realised=found)
    result = measure(check, before, now, policy=CalibratedPolicy())
    report = consolidate([result], [check], policy=CalibratedPolicy(), at=MONDAY, realised_performance=found)
    report = report.model_copy(update={"reference_rows": before.rows, "current_rows": now.rows})
    return illustrate(report, before, now)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TooQuiet(Check):
    """Does a sensor make less noise than it did?"""

    name: ClassVar[str] = "too_quiet"
    needs: ClassVar[str] = "numeric"
    family: ClassVar[str] = "inputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (Gate(DriftTrigger.other, "noise", "below", 0.5, "warning"),)

    def measure(self, reference: WindowProfile, current: WindowProfile) -> list[Measurement]:
        before, now = (each.numeric["speed"] for each in (reference, current))
        noise = now.standard_deviation / before.standard_deviation
        return [Measurement(subject="speed", rows=(before.rows, now.rows), values={"noise": noise, "p_value": 1e-6})]

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        return alerted_each(verdicts, at, words="Too quiet:")


def _of_another_package() -> DriftReport:
    """The report of a check like one that another package may add."""

    def quiet(random: np.random.Generator, at: int) -> Columns:
        return broken(_numeric("speed", lambda values, _: values / 10), random, at)

    check, policy = TooQuiet(), CalibratedPolicy()
    before, now = ordinary_days(28), window(TODAY, quiet)
    report = consolidate([measure(check, before, now, policy=policy)], [check], policy=policy, at=MONDAY)
    return report.model_copy(update={"reference_rows": before.rows, "current_rows": now.rows})


def _invalid(columns: dict, random: np.random.Generator, size: int) -> None:
    columns["probabilities"][: size // 10] = np.nan


def _in_another_order(columns: dict, _: np.random.Generator, __: int) -> None:
    columns["probabilities"] = columns["probabilities"][:, ::-1]


def _thinned(columns: dict, random: np.random.Generator, size: int) -> None:
    for part in ("numeric", "categorical"):
        columns[part] = {name: values[:120] for name, values in columns[part].items()}
    for part in ("labels", "probabilities", "users"):
        columns[part] = columns[part][:120]


def _of_yesterday(columns: dict, _: np.random.Generator, __: int) -> None:
    columns |= ordinary(np.random.default_rng([1, TODAY.start - 1]), TODAY.start - 1)


def _without_the_first_user(values: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return np.where(np.arange(values.size) < ROWS // 20, np.nan, values)


def _with_nulls(share: float) -> Changed:
    return _numeric("weight", lambda values, random: np.where(random.random(values.size) < share, np.nan, values))


CHANGES: Mapping[str, Changed] = {
    "feature_ks": _moved(0.6),
    "feature_ks, down": _moved(-0.6),
    "feature_ks, critical": _moved(1.4),
    "feature_ks, wider": _numeric("speed", lambda values, _: values * 1.8),
    "missingness": _with_nulls(0.2),
    "missingness, critical": _with_nulls(0.6),
    "missingness, all": _with_nulls(1.0),
    "frozen": _numeric("weight", lambda values, _: np.full(values.size, 50.0)),
    "value_range": _numeric("speed", lambda values, random: np.where(random.random(values.size) < 0.1, -999.0, values)),
    "value_range, critical": _numeric("speed", lambda values, _: values * 1000),
    "category_shift": _origins(["EWR", "JFK", "LGA", "TEB"], [0.35, 0.05, 0.55, 0.05]),
    "category_shift, critical": _origins(["EWR", "JFK", "LGA", "TEB"], [0.0, 0.05, 0.9, 0.05]),
    "new_category": _origins(["EWR", "JFK", "LGA", "TEB", "XXX"], [0.4, 0.05, 0.4, 0.05, 0.1]),
    "vanished_category": _origins(["EWR", "LGA", "TEB"], [0.5, 0.42, 0.08]),
    "row_volume": _thinned,
    "schema_change": lambda columns, *_: columns.update(schema={"speed": "double", "origin": "string"}),
    "freshness": lambda columns, *_: columns.update(ends=14.0),
    "segment": _numeric("speed", lambda values, _: values + 4 * (np.arange(values.size) < ROWS // 20)),
    "correlation": _numeric("speed", lambda values, _: -values),
    "reject_rate_increase": _labels(["yes", "no", REJECT], [0.48, 0.335, 0.185]),
    "reject_rate_increase, critical": _labels(["yes", "no", REJECT], [0.35, 0.25, 0.4]),
    "reject_rate_decrease": _labels(["yes", "no", REJECT], [0.55, 0.43, 0.02]),
    "class_shift": _labels(["yes", "no", REJECT], [0.35, 0.53, 0.12]),
    "class_shift, critical": _labels(["yes", "no", REJECT], [0.02, 0.86, 0.12]),
    "new_class": _labels(["yes", "no", "maybe", REJECT], [0.48, 0.36, 0.04, 0.12]),
    "entropy_spike": _sure(0.5, 0.75),
    "entropy_spike, critical": _sure(0.5, 0.6),
    "entropy_drop": _sure(0.9, 0.95),
    "confidence_drop": _confident(0.68, 0.78),
    "confidence_rise": _confident(0.72, 0.82),
    "invalid_probabilities": _invalid,
    "label_mismatch": _in_another_order,
}
"""The change of the last day, by trigger and variant."""
WORLDS: Mapping[str, Callable[[], DriftReport]] = {
    **{name: partial(report_of, change) for name, change in CHANGES.items()},
    "quiet": lambda: report_of(_moved(0.0)),
    "missingness, of one user": lambda: report_of(_numeric("speed", _without_the_first_user), only="segment"),
    "duplicate_partition": lambda: report_of(_of_yesterday),
    "feature_ks, week": lambda: report_of(_moved(0.4), days=7),
    "feature_ks, uncalibrated": lambda: report_of(_moved(2.0), few=True),
    "feature_ks, reference": lambda: report_of(_moved(0.2), reference=True),
    "feature_psi": lambda: report_of(_moved(1.4), reference=True),
    "joint_drift": lambda: report_of(_numeric("speed", lambda values, _: -values), only="joint_drift"),
    "realised_performance": lambda: _labelled(0.82, 0.76, 0.87),
    "other": _of_another_package,
    "realised_performance, critical": lambda: _labelled(0.7, 0.64, 0.76),
}


@cache
def world(name: str) -> DriftReport:
    return WORLDS[name]()
