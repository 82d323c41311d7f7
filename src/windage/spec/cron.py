"""Cron expressions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator


def _is_due_sometimes(expression: str) -> str:
    from croniter import CroniterBadDateError, croniter

    if not croniter.is_valid(expression):
        raise ValueError("must be a cron expression such as '0 6 * * *'")
    try:
        croniter(expression, datetime(2024, 1, 1, tzinfo=UTC)).get_next()
    except CroniterBadDateError as error:
        raise ValueError("never comes due. Write a cron expression such as '0 6 * * *'") from error
    return expression


Cron = Annotated[str, AfterValidator(_is_due_sometimes)]
"""A cron expression of five fields that comes due at some time."""
