"""Running one check on two profiles; a check that breaks gives a result that says so."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence

from windage.checks.check import Check, NotAsked
from windage.errors import TransientError, WindageError
from windage.policy import Policy
from windage.profiles.window import Profiles, WindowProfile
from windage.vocabulary import CheckResult, Measurement

log = logging.getLogger(__name__)

Settle = Callable[[Sequence[str]], Profiles]
"""Both windows, profiled at full resolution for the given subjects."""


def measure(
    check: Check, reference: WindowProfile, current: WindowProfile, *, policy: Policy, settle: Settle | None = None
) -> CheckResult:
    """The check's measurements; those with a limit inside their certified interval are repeated on ``settle``'s exact
    profiles. A check that breaks gives a result with its error, and an unexpected error is logged as well.

    Raises:
        TransientError: rows could not be read; a retry may help.
    """
    try:
        measured = list(check.measure(reference, current))
        undecided = [each.subject for each in measured if policy.is_undecided(check, each)]
        if undecided and settle is not None:
            exact = {each.subject: each for each in check.measure(*settle(undecided)) if each.subject in undecided}
            measured = [exact.get(each.subject, each) for each in measured]
    except TransientError:
        raise  # a retry may help
    except NotAsked as missing:
        return CheckResult(check=check.name, lacking=str(missing))
    except WindageError as error:
        return CheckResult(check=check.name, error=str(error))
    except Exception as error:  # a broken check must not silence the others; it is reported as error
        log.exception("check %s failed", check.name)
        return CheckResult(check=check.name, error=f"{type(error).__name__}: {error}")
    return CheckResult(check=check.name, measurements=tuple(map(_refused_if_not_finite, measured)))


def _refused_if_not_finite(measurement: Measurement) -> Measurement:
    """The measurement, or an error if one of its values is not finite: a NaN crosses no limit, and as a
    p-value it would spread to all others when they are adjusted."""
    wrong = [name for name, value in measurement.values.items() if value is not None and not math.isfinite(value)]
    if not wrong or measurement.error is not None:
        return measurement
    said = ", ".join(f"{name} is {measurement.values[name]}" for name in wrong)
    error = f"the measurement of {measurement.subject} is not a number: {said}"
    return Measurement(subject=measurement.subject, rows=measurement.rows, error=error)
