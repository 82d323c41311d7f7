"""Users who usually have values of a feature and now have none, too few for the feature's overall share to show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from windage.arrays import Floats
from windage.evidence.tallies import FEWEST_EXPECTED
from windage.profiles.window import WindowProfile
from windage.stats.ordinary import LEAST_DAYS

NONE_LEFT = 0.02
WIDELY_SHARED = 0.3
"""A change of more than this share of the users is not specific to single ones."""
OFTEN = 2
"""Up to this many times the largest number of such users on a reference day is still ordinary."""


def emptied(days: Sequence[WindowProfile], now: WindowProfile) -> Mapping[str, tuple[str, ...]]:
    """By feature, the users who have hardly any values now, although even their poorest ordinary day would give
    enough.

    A feature is left out if a reference day had at least half as many such users, or if so many lost their values that
    the loss is not specific to single users.
    """
    if now.ranks is None:
        return {}
    users, features = now.ranks.users, now.ranks.features
    shares = np.array([_shares(day, users, features) for day in days]).reshape(-1, len(users), len(features))
    shares_now, rows_now = _shares(now, users, features), _rows(now, users)
    days_known = (~np.isnan(shares)).sum(axis=0)
    gone = shares <= NONE_LEFT
    poorest = np.where(gone | np.isnan(shares), 1.0, shares).min(axis=0, initial=1.0)
    has_values = (days_known >= LEAST_DAYS) & (2 * gone.sum(axis=0) < days_known)
    most = (gone & has_values).sum(axis=1).max(axis=0, initial=0)
    awaited = has_values & (poorest * rows_now[:, None] >= FEWEST_EXPECTED)
    lost = awaited & (shares_now <= NONE_LEFT)
    times = lost.sum(axis=0)
    told = lost & (times > OFTEN * most) & (times <= WIDELY_SHARED * awaited.sum(axis=0))
    return {
        name: tuple(users[u] for u in np.flatnonzero(told[:, k])) for k, name in enumerate(features) if told[:, k].any()
    }


def _rows(day: WindowProfile, users: Sequence[str]) -> Floats:
    """The estimated number of each user's ranked rows; those of a large day are a sample of its rows."""
    if day.users is None or day.ranks is None or not day.rows:
        return np.zeros(len(users))
    ranked = day.ranks.rows / day.rows
    return np.array([day.users.counts.get(name, 0) * ranked for name in users])


def _shares(day: WindowProfile, users: Sequence[str], features: Sequence[str]) -> Floats:
    """The share of each user's rows with a value, by (user, feature); NaN for a user with too few rows."""
    shares = np.full((len(users), len(features)), np.nan)
    if day.ranks is None:
        return shares
    rows = _rows(day, users)
    at = {name: k for k, name in enumerate(day.ranks.users)}
    columns = {name: k for k, name in enumerate(day.ranks.features)}
    who = [u for u, name in enumerate(users) if name in at and rows[u] >= FEWEST_EXPECTED]
    what = [k for k, name in enumerate(features) if name in columns]
    values = day.ranks.values[np.ix_([at[users[u]] for u in who], [columns[features[k]] for k in what])]
    shares[np.ix_(who, what)] = values / rows[who, None]
    return shares
