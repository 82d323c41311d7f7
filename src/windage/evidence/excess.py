"""Shares that should be near zero: is one larger than on any ordinary day?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from windage.stats.outages import ALONE, is_accident

REPORTED_FROM = 0.01
"""A smaller share is not reported."""
ENOUGH_DAYS = 3
"""After this many days, the values that a day adds to theirs show how many new ones ordinarily come."""
FEW_REPEATED = 10
"""Fewer rows may share one value by chance."""
ORDINARY_EXCESS = 1.5
"""Up to this many times the share of the reference's most unusual ordinary day is still ordinary."""
CHANCE = 3.09
"""The standard normal quantile that is exceeded once in a thousand times."""


def is_more(rows: float, usual: float, *, of: float) -> bool:
    """Whether that many ``rows`` among ``of`` are clearly more than ordinary: more than ``ORDINARY_EXCESS`` times the share
    that was ``usual`` on the most unusual day, and so many that a Poisson variable of that mean reaches them at most once
    in a thousand times."""
    ordinary = ORDINARY_EXCESS * usual * of
    if rows <= ordinary:
        return False
    # Wilson & Hilferty (1931): the mean at which so many rows or more come once in a thousand times.
    root = 1 - 1 / (9 * rows) - CHANCE / (3 * math.sqrt(rows))
    return ordinary == 0 or ordinary < rows * max(root, 0.0) ** 3


def without_accidents(days: Sequence[float]) -> list[float]:
    """The days' shares without those of a single episode, of one day or at most a third of the days, that lie far above
    all others: one episode does not show what is ordinary."""
    order = sorted(days, reverse=True)
    for times in range(len(days) // 2, 0, -1):
        if order[times - 1] > ALONE * order[times]:
            those = [place for place, share in enumerate(days) if share >= order[times - 1]]
            if is_accident(those, of=len(days)):
                return [share for share in days if share < order[times - 1]]
    return list(days)


def stands_out(share: float, settled: Sequence[float], last: Sequence[float] = ()) -> bool:
    """Whether a share is beyond those of all reference days; or, together with one of the last days, beyond those of
    the settled days, so that a lasting fault does not make itself ordinary."""
    return _is_beyond(share, [*settled, *last]) or (
        _is_beyond(share, settled) and any(_is_beyond(each, settled) for each in last)
    )


def _is_beyond(share: float, days: Sequence[float]) -> bool:
    return share > ORDINARY_EXCESS * max(without_accidents(days), default=0.0)
