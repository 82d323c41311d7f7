"""Whether a numeric feature is frozen: one value in every row, on a day on which that is unusual."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from windage.evidence.ordinary_values import STANDING_OUT, standing_out
from windage.evidence.reach import rows_at
from windage.evidence.tallies import FEW_ROWS
from windage.profiles.numeric import NumericProfile
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile
from windage.stats.median import median
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.outages import is_outage

COMMON = 0.05
"""A value with more than this share of the rows is common, and a whole day may consist of it."""
MOSTLY = 0.95
"""After a day with one value in more rows than this, a day of that value alone is ordinary."""
NO_CHANCE = 1e-9
"""A probability below this is none."""


def is_frozen(
    name: str,
    reference: WindowProfile,
    now: NumericProfile,
    *,
    settled: Sequence[NumericProfile],
    last: Sequence[NumericProfile],
) -> bool:
    """Whether a column has a single value today although it has several in the reference, and this is unusual among the
    reference's days; or unusual among those before the last ones, if it already was frozen on the latest.

    Args:
        settled, last: the column on the reference's sound days, before the last ones and on them.
    """
    if not _has_one_value(now) or summary(reference, name).points < 2:
        return False
    days = [*settled, *last]
    # If the days themselves have few rows, as in a window of several days, a dry one still shows that dry days are ordinary.
    few = min(FEW_ROWS, float(median([day.finite for day in days]))) if days else FEW_ROWS
    whole = reference.numeric[name]
    stays = bool(last) and _has_one_value(last[-1], few) and _is_unusual(whole, now, settled, besides=last, few=few)
    return stays or _is_unusual(whole, now, days, few=few)


def _is_unusual(
    reference: NumericProfile,
    now: NumericProfile,
    days: Sequence[NumericProfile],
    *,
    besides: Sequence[NumericProfile] = (),
    few: float,
) -> bool:
    """Whether a day of a single value is unusual among ``days``. Those with fewer than ``few`` rows do not count;
    ``besides`` are the reference's other days."""
    frozen = [place for place, day in enumerate(days) if _has_one_value(day, few)]
    others = [day for place, day in enumerate(days) if day.finite >= few and place not in frozen]
    return not _was_often_frozen(reference, days, frozen, now, besides=besides) and _is_beyond_chance(others, now)


def _was_often_frozen(
    reference: NumericProfile,
    days: Sequence[NumericProfile],
    places: Sequence[int],
    now: NumericProfile,
    *,
    besides: Sequence[NumericProfile],
) -> bool:
    """Whether frozen days, at ``places`` among ``days``, are frequent; or one was frozen at this very value, and the value is
    common on other days."""
    if not is_outage(places, of=len(days)):
        return bool(places)
    frozen = [days[place] for place in places]
    own = sum(day.finite for day in (*frozen, *filter(_has_one_value, besides)) if day.minimum == now.minimum)
    is_common = rows_at(reference, now.minimum) - own > COMMON * reference.finite
    return is_common and any(day.minimum == now.minimum for day in frozen)


def _is_beyond_chance(days: Sequence[NumericProfile], now: NumericProfile) -> bool:
    """Whether chance cannot give every row the same value, and the day with the value's largest share is further from a
    full day than ordinary days are from each other, because rows of one day are alike; by more times if the days are few."""
    shares = [rows_at(day, now.minimum) / day.finite for day in days]
    if not shares:
        return False
    most = max(shares)
    wider = standing_out(max(len(shares), LEAST_DAYS)) / STANDING_OUT
    ordinary = most + (most - float(np.quantile(shares, 0.1))) * wider
    return most <= MOSTLY and ordinary < 1 and most**now.finite < NO_CHANCE


def _has_one_value(profile: NumericProfile, few: float = FEW_ROWS) -> bool:
    return profile.finite >= few and profile.minimum == profile.maximum
