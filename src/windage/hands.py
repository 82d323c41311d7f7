"""A wide log's features are dealt out in hands to the checks that judge column by column, so that no task holds them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from windage.checks.check import Check
from windage.checks.missingness import PARTS
from windage.profiles.window import WindowProfile
from windage.spec.log import Log
from windage.vocabulary import CheckResult

FEATURES_OF_A_HAND = 128
"""Two groups of a profile's document, which are decoded once for all checks; some seconds of a task's work."""

Ask = Callable[[Check, WindowProfile], CheckResult]
"""A check's answer about the current window."""


def hands(check: Check, log: Log) -> list[tuple[str, ...]]:
    """The features that a check is asked about at a time; a single hand is whatever the check asks about.

    What is no feature and may be missing all the same goes with the last. A check that measures columns, each the same whichever others are asked about, may say ``by_column = True``.
    """
    kinds = {"numeric": log.numeric, "categorical": log.categorical}
    features = kinds.get(check.needs, (*log.numeric, *log.categorical))
    if not check.by_column or len(features) <= FEATURES_OF_A_HAND:
        return [features]
    dealt = [features[start : start + FEATURES_OF_A_HAND] for start in range(0, len(features), FEATURES_OF_A_HAND)]
    parts = [name for name in PARTS if name not in features] if check.needs == "columns" else []
    return [*dealt[:-1], (*dealt[-1], *parts)]


def ask_hand(check: Check, hand: int, current: WindowProfile, *, log: Log, ask: Ask) -> CheckResult:
    """The answer about one hand. Windows stay whole: only what is asked about is less."""
    dealt = hands(check, log)
    if len(dealt) == 1:
        return ask(check, current)
    return ask(check, replace(current, asked=frozenset(dealt[hand]))).model_copy(update={"hand": hand})


def ask_all(checks: Sequence[Check], current: WindowProfile, *, log: Log, ask: Ask) -> list[CheckResult]:
    """Every check's answer. All are asked about one hand before the next, whose columns are then in memory for all.

    One process asks in the same hands as many do: the last digits of p-values depend on which are computed together.
    """
    most = max((len(hands(check, log)) for check in checks), default=0)
    answers = [
        ask_hand(check, hand, current, log=log, ask=ask)
        for hand in range(most)
        for check in checks
        if hand < len(hands(check, log))
    ]
    return whole(answers, checks, log=log)


def whole(answers: Iterable[CheckResult], checks: Iterable[Check], *, log: Log) -> list[CheckResult]:
    """One result of each check that answered. A hand that broke or is missing is an error of the check, not fewer features."""
    by_check: dict[str, list[CheckResult]] = {}
    for answer in answers:
        by_check.setdefault(answer.check, []).append(answer)
    return [_whole(check, by_check[check.name], log) for check in checks if check.name in by_check]


def _whole(check: Check, answers: Sequence[CheckResult], log: Log) -> CheckResult:
    if answers[0].hand is None:
        return answers[0]
    broken = [answer.error for answer in answers if answer.error is not None]
    if broken:
        return CheckResult(check=check.name, error=broken[0])
    dealt = hands(check, log)
    lost = len({*range(len(dealt))} - {answer.hand for answer in answers})
    if lost:
        return CheckResult(check=check.name, error=f"{lost} of the {len(dealt)} tasks that run it left no result")
    place = {name: k for k, name in enumerate(name for features in dealt for name in features)}
    measured = [each for answer in answers for each in answer.measurements]
    return CheckResult(
        check=check.name, measurements=tuple(sorted(measured, key=lambda each: place.get(each.subject, len(place))))
    )
