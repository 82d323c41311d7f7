"""Who sent the rows: on the day of one customer's burst, the mix of users differs although no user changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice

import numpy as np

from windage.arrays import Floats
from windage.evidence.day_spans import settled_and_last
from windage.profiles.window import WindowProfile, once_per_window
from windage.stats.user_model import LEAST_ROWS, RANK_VARIANCE

MOST_SENDERS = 256


@once_per_window
def senders(reference: WindowProfile, current: WindowProfile) -> tuple[Floats, Floats] | None:
    """The share of each day's rows that each of the largest users sent, by (day, user), in both windows; None if the
    users of any day are unknown."""
    windows = [[day.users for day in window.days if day.has_users] for window in (reference, current)]
    days = [day for window in windows for day in window if day is not None]
    if len(days) < len(reference.days) + len(current.days):
        return None
    total: Counter[str] = Counter()
    for day in days:  # a profile lists its largest users first
        total.update({name: count / day.known for name, count in islice(day.counts.items(), MOST_SENDERS)})
    names = [name for name, _ in total.most_common(MOST_SENDERS)]
    shares = np.array([[day.counts.get(name, 0) / max(day.known, 1) for name in names] for day in days])
    before, now = np.split(shares, [len(reference.days)])
    return before, now


@once_per_window
def rows_of_a_newcomer(reference: WindowProfile, current: WindowProfile) -> int:
    """The most rows that one user sent now of those whom no day of the reference before its last ones had; 0 where users are
    unknown. Who came yesterday is as new as who came today."""
    if current.users is None or not (reference.has_users and current.has_users):
        return 0
    settled, _ = settled_and_last(reference, current)
    known = {user for day in settled if day.users is not None for user in day.users.counts}
    return max((rows for user, rows in current.users.counts.items() if user not in known), default=0)


@once_per_window
def kinship(reference: WindowProfile) -> Mapping[str, float]:
    """By feature, the fraction of its ranks' variance that lies between users; 1 if fewer than two users have enough
    rows."""
    days = [day.ranks for day in reference.days if day.ranks is not None]
    users, features = (
        {name: k for k, name in enumerate(dict.fromkeys(name for names in found for name in names))}
        for found in ([day.users for day in days], [day.features for day in days])
    )
    rows, sums = np.zeros((2, len(users), len(features)))
    for day in days:
        at = np.ix_([users[name] for name in day.users], [features[name] for name in day.features])
        rows[at] += day.values
        sums[at] += day.rank_sums
    known = rows >= LEAST_ROWS
    times, of = np.maximum(known.sum(axis=0), 2), np.where(known, rows, np.inf)
    means = np.where(known, sums / of, 0.0)
    apart = np.where(known, (means - means.sum(axis=0) / times) ** 2, 0.0).sum(axis=0) / (times - 1)
    beyond = apart - RANK_VARIANCE * (1 / of).sum(axis=0) / times
    found = np.where(known.sum(axis=0) > 1, np.clip(beyond / RANK_VARIANCE, 0.0, 1.0), 1.0)
    return dict(zip(features, found.tolist(), strict=True))


def largest_kinship(reference: WindowProfile) -> float:
    """The largest ``kinship`` of any feature: users differ by no more in what depends on features, such as
    predictions."""
    return max(kinship(reference).values(), default=1.0)
