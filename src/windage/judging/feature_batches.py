"""Checks that judge column by column are asked about a wide log's features in batches, so that no task holds them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from windage.checks.check import Check
from windage.checks.missingness import PARTS
from windage.profiles.window import WindowProfile
from windage.spec.log import Log
from windage.vocabulary import CheckResult

FEATURES_PER_BATCH = 128
"""As many as two groups of a profile's document hold, each decoded once for all checks; some seconds of a task's work."""

Ask = Callable[[Check, WindowProfile], CheckResult]
"""A check's answer about the current window."""


def feature_batches(check: Check, log: Log) -> list[tuple[str, ...]]:
    """The features that a check is asked about at a time; with a single batch the check is asked about everything at once.

    Only checks with ``by_column = True`` are split: they measure each column the same way whichever others they are asked
    about. Parts of a row that are no features but may be missing too, such as the label, go with the last batch.
    """
    kinds = {"numeric": log.numeric, "categorical": log.categorical}
    features = kinds.get(check.needs, (*log.numeric, *log.categorical))
    if not check.by_column or len(features) <= FEATURES_PER_BATCH:
        return [features]
    batches = [features[start : start + FEATURES_PER_BATCH] for start in range(0, len(features), FEATURES_PER_BATCH)]
    parts = [name for name in PARTS if name not in features] if check.needs == "columns" else []
    return [*batches[:-1], (*batches[-1], *parts)]


def ask_about_batch(check: Check, batch: int, current: WindowProfile, *, log: Log, ask: Ask) -> CheckResult:
    """The answer about one batch. The windows stay whole; only the question is narrowed to the batch's features."""
    batches = feature_batches(check, log)
    if len(batches) == 1:
        return ask(check, current)
    return ask(check, replace(current, asked=frozenset(batches[batch]))).model_copy(update={"batch": batch})


def ask_in_batches(checks: Sequence[Check], current: WindowProfile, *, log: Log, ask: Ask) -> list[CheckResult]:
    """Every check's answer. All checks are asked about one batch before the next, so that its columns are loaded once;
    those that need numeric features first, because the others need only the summaries that these leave behind.

    A single process asks in the same batches as parallel tasks do: the last digits of p-values depend on which are
    computed together.
    """
    in_turn = sorted(checks, key=lambda check: check.needs != "numeric")
    n_batches = {check.name: len(feature_batches(check, log)) for check in checks}
    answers = [
        ask_about_batch(check, batch, current, log=log, ask=ask)
        for batch in range(max(n_batches.values(), default=0))
        for check in in_turn
        if batch < n_batches[check.name]
    ]
    return merge_batches(answers, checks, log=log)


def merge_batches(answers: Iterable[CheckResult], checks: Iterable[Check], *, log: Log) -> list[CheckResult]:
    """One result of each check that answered. A batch that broke or is missing is an error of the check, not fewer features."""
    by_check: dict[str, list[CheckResult]] = {}
    for answer in answers:
        by_check.setdefault(answer.check, []).append(answer)
    return [_merged(check, by_check[check.name], log) for check in checks if check.name in by_check]


def _merged(check: Check, answers: Sequence[CheckResult], log: Log) -> CheckResult:
    if answers[0].batch is None:
        return answers[0]
    broken = [answer.error for answer in answers if answer.error is not None]
    if broken:
        return CheckResult(check=check.name, error=broken[0])
    batches = feature_batches(check, log)
    n_lost = len({*range(len(batches))} - {answer.batch for answer in answers})
    if n_lost:
        return CheckResult(check=check.name, error=f"{n_lost} of the {len(batches)} tasks that run it left no result")
    if all(answer.lacking is not None for answer in answers):
        return CheckResult(check=check.name, lacking=answers[0].lacking)
    place = {name: k for k, name in enumerate(name for features in batches for name in features)}
    measured = [each for answer in answers for each in answer.measurements]
    return CheckResult(
        check=check.name, measurements=tuple(sorted(measured, key=lambda each: place.get(each.subject, len(place))))
    )
