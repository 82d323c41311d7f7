"""The windows that arguments name, in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta

from windage.errors import InvalidInput
from windage.partitions.layout import aligned
from windage.partitions.plan import data_interval, judged_window
from windage.spec.durations import text as text_of
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window, aware_utc, utc_now


def interval_of(text: str, spec: MonitorSpec) -> Window:
    """The data interval that --window means, which an Airflow run would have.

    Raises:
        InvalidInput: it is not a valid interval, or cuts through a partition.
    """
    begin, _, end = text.partition("/")
    every = spec.log.every
    try:
        start = datetime.fromisoformat(begin)
        width = timedelta(days=1) if len(begin) <= len("2013-03-08") else every
        interval = data_interval(start, datetime.fromisoformat(end) if "/" in text else start + width)
        for each in (interval, spec.reference.before(judged_window(spec, interval))):
            aligned(each, every)  # raises OverflowError at either end of the calendar
    except InvalidInput:
        raise InvalidInput(f"--window {text!r} does not end after it starts. Give the earlier first.") from None
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"--window {text!r} is not a valid window. Give a day (2013-03-08), a time (2013-03-08T06:00) or FROM/TO."
        ) from error
    require_whole_partitions(interval, every, given=f"--window {text!r}")
    return interval


def window_of(begin: str, end: str, every: timedelta) -> Window:
    """The window that --from and --to mean.

    Raises:
        InvalidInput: it is not a valid window.
    """
    try:
        window = data_interval(datetime.fromisoformat(begin), datetime.fromisoformat(end))
        aligned(window, every)  # raises OverflowError at the end of the calendar
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"{begin} to {end} is not a valid window. Give its first day and the day after its last, such as "
            "2013-03-01 and 2013-03-29."
        ) from error
    return window


def period_of(begin: str, end: str, spec: MonitorSpec) -> Window:
    """The days that --from and --to mean, without those before the log's start.

    Raises:
        InvalidInput: a day is not valid or in the future, or none is left.
    """
    first, last = max(_day(begin), spec.start), _day(end)
    if last > utc_now() + timedelta(days=1):
        raise InvalidInput(f"--to {end} is in the future. Give a past day.")
    if first >= last:
        raise InvalidInput(
            f"no days between --from {begin} and --to {end} after the log's start, {spec.start:%Y-%m-%d}. Give a later --to."
        )
    return Window(start=first, end=last)


def _day(text: str) -> datetime:
    try:
        return aware_utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a valid day. Write it as 2013-03-08.") from error


def require_whole_partitions(window: Window, every: timedelta, *, given: str) -> None:
    """Refuse a window that cuts through a partition of width ``every``; ``given`` is the option as the caller wrote it.

    Raises:
        InvalidInput: it cuts through one; the message suggests the nearest windows that do not.
    """
    whole = aligned(window, every)
    if whole != window:
        periods = -(-window.width // every) * every
        near = dict.fromkeys((whole.start, whole.end - periods))
        raise InvalidInput(
            f"{given} does not align with the log's partitions of {text_of(every)} each. Give "
            f"{' or '.join(f'{moment(each)}/{moment(each + periods)}' for each in near)}."
        )


def moment(at: datetime) -> str:
    """A moment as an argument gives it: without the time at midnight."""
    return f"{at:%Y-%m-%dT%H:%M}".removesuffix("T00:00")
