"""The classifier's performance according to people's labels, in words."""

from __future__ import annotations

from typing import NamedTuple

from windage.reports.formats import number, percent, plural
from windage.vocabulary import RealisedPerformance

MOST_CONFUSED = 3


def by_labels(found: RealisedPerformance) -> str:
    """The labels, users and period that an estimate is based on."""
    since = f" since {found.since:%d %b}" if found.since else ""
    return f"by {plural(found.rows, 'label')} of {plural(found.users, 'user')}{since}"


def between(interval: tuple[float, float] | None) -> str:
    return f"{percent(interval[0])} to {percent(interval[1])}" if interval else ""


def in_numbers(interval: tuple[float, float] | None) -> str:
    return f"{number(interval[0])} to {number(interval[1])}" if interval else ""


class Confused(NamedTuple):
    """Rows of one class that were predicted as another, as a share of all rows."""

    label: str
    predicted: str
    share: float


def confusion_rows(found: RealisedPerformance | None) -> list[Confused]:
    """The wrong predictions, the most frequent first."""
    wrong = [
        Confused(true, predicted, share)
        for true, row in (found.confusion if found else {}).items()
        for predicted, share in row.items()
        if true != predicted
    ]
    return sorted(wrong, key=lambda each: (-each.share, each))[:MOST_CONFUSED]
