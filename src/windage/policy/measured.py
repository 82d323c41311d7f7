"""What every policy is given: the measurements of each check, and the reason why some rest on too few rows to be judged."""

from __future__ import annotations

from collections.abc import Sequence

from windage.checks.check import Check
from windage.vocabulary import Measurement

Measured = Sequence[tuple[Check, Sequence[Measurement]]]
"""Each check with what it measured."""


def too_few_rows(measurement: Measurement, least: int) -> str:
    """Why a measurement rests on too few rows to be judged, or nothing."""
    reference, current = measurement.rows
    if min(reference, current) >= least:
        return ""
    return f"too few rows with a value: {reference} in the reference, {current} now; at least {least} needed"
