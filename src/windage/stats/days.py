"""Days that are known by their counts or by the mean of a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from windage.arrays import Bools, Floats, Ints
from windage.stats.autocorrelation import Resemblance
from windage.stats.median import median
from windage.stats.ordinary import Spread, spread_between
from windage.stats.outages import alike, are_usual, coming_again, not_alone
from windage.stats.seasons import masks

LEAST_CHANGE = 0.2
LEAST_OF_MANY = 0.15
"""``LEAST_CHANGE`` with at least ``MANY_DAYS`` days, among which none stands alone by chance."""
MANY_DAYS = 14


class Excess(NamedTuple):
    """How much days differ beyond sampling, as the method of moments finds it: each share's variance times ``scale``, and
    the degrees of freedom."""

    of_shares: Floats
    scale: float
    freedom: int


@dataclass(frozen=True, eq=False)
class DayCounts:
    """Rows counted in some shares, day by day: ``hits`` of shape (days, shares) out of ``rows`` of shape (days,).

    ``senders``, of shape (days, users), is the part of each day's rows that each user sent, where that is known. What is
    computed from the days is computed once, because one reference is compared with several windows.
    """

    hits: Floats
    rows: Floats
    season: Ints
    senders: Floats | None = None

    @property
    def tallies(self) -> tuple[Floats, Floats, Ints]:
        return self.hits, self.rows, self.season

    @cached_property
    def shares(self) -> Floats:
        return np.asarray(self.hits / self.rows[:, None])

    def among(self, days: Bools) -> DayCounts:
        """Some of the days; itself if those are all."""
        if days.all():
            return self
        senders = None if self.senders is None else self.senders[days]
        return DayCounts(self.hits[days], self.rows[days], self.season[days], senders)

    def seen(self) -> DayCounts:
        """The days that have any rows."""
        return self.among(self.rows > 0)

    def in_seasons(self, season: Ints) -> DayCounts:
        """The same days in other seasons."""
        return replace(self, season=season)

    def followed_by(self, later: DayCounts) -> DayCounts:
        known = self.senders is not None and later.senders is not None
        return DayCounts(
            np.concatenate([self.hits, later.hits]),
            np.concatenate([self.rows, later.rows]),
            np.concatenate([self.season, later.season]),
            np.concatenate([self.senders, later.senders]) if known else None,
        )

    @cached_property
    def pooled(self) -> Floats:
        """Each share among the rows of all days."""
        return np.asarray(self.hits.sum(axis=0) / self.rows.sum())

    @cached_property
    def excess(self) -> Excess:
        """Σ nᵢ(sᵢ − s̄)² over the days of each season has the expectation (D − 1)p(1 − p) + τ²(N − Σnᵢ²/N)."""
        of_shares, scale, freedom = np.zeros(self.hits.shape[1]), 0.0, 0
        for days in masks(self.season):
            rows = self.rows[days]
            if rows.size < 2:
                continue
            total = rows.sum()
            share = self.hits[days].sum(axis=0) / total
            between = rows @ (self.shares[days] - share) ** 2
            of_shares += between - (rows.size - 1) * (share * (1 - share))
            scale += float(total - rows @ rows / total)
            freedom += rows.size - 1
        return Excess(of_shares, scale, freedom)

    @cached_property
    def resemblance(self) -> Resemblance:
        return Resemblance.of(*self.tallies)

    @cached_property
    def spread(self) -> Spread:
        return spread_between(*self.tallies)

    def without_outages(self, recurring: Bools | None = None) -> DayCounts:
        """The days without the few that stand alone: a share far from its season's median, and all other days near to it.

        If it were kept, one broken day would make every later fault look ordinary for as long as it is in the reference.
        ``recurring`` are days that stay nevertheless.
        """
        return self.among(self._not_alone if recurring is None else self._not_alone | recurring)

    def recurring(self, current: DayCounts) -> Bools:
        """Which days stand alone and are like the current ones: what comes back, such as a payday, is no outage."""
        return coming_again(self.shares, self._not_alone, current.pooled)

    def not_over(self, current: DayCounts) -> Bools:
        """All days but outages that are over: days that stand alone and are not like the current ones."""
        return self._not_alone | alike(self.shares, self._not_alone, current.pooled)

    @cached_property
    def _not_alone(self) -> Bools:
        least = LEAST_OF_MANY if self.rows.size >= MANY_DAYS else LEAST_CHANGE
        return not_alone(self.shares, self.season, least)


class DayMeans(NamedTuple):
    """A score's mean and variance over its rows, day by day; ``senders`` as in ``DayCounts``."""

    means: Floats
    variances: Floats
    rows: Floats
    season: Ints
    senders: Floats | None = None

    @classmethod
    def of(cls, days: Sequence[tuple[float, float, int, int]], senders: Floats | None = None) -> DayMeans:
        means, variances, rows, season = (np.array(column) for column in zip(*days, strict=True))
        return cls(means, variances, rows.astype(np.float64), season, senders)

    def among(self, days: Bools) -> DayMeans:
        senders = None if self.senders is None else self.senders[days]
        return DayMeans(self.means[days], self.variances[days], self.rows[days], self.season[days], senders)

    def in_seasons(self, season: Ints) -> DayMeans:
        """The same days in other seasons."""
        return self._replace(season=season)

    def in_cube_roots(self) -> DayMeans:
        """The cube roots of means that are not negative, and their rows' variances on that scale by the delta method."""
        slopes = np.maximum(self.means, 1e-9) ** (-2 / 3) / 3
        return self._replace(means=np.cbrt(self.means), variances=self.variances * slopes**2)

    def without_outages(self, current: DayMeans) -> DayMeans:
        """The days without those that stand alone and do not come again now; a change is measured against the usual mean."""
        now = float(np.average(current.means, weights=current.rows))
        least = LEAST_CHANGE * abs(float(median(self.means)))
        return self.among(are_usual(self.means, self.season, now, least=least))
