"""Builders of days that are known only by their counts or means."""

import math

import numpy as np

from windage.stats.days import DayCounts, DayMeans

WEEKDAY, WEEKEND = 0, 1


def counts(hits, rows, season=WEEKDAY):
    """Days from hits per day (a number, or one number per category) and rows per day."""
    hits = np.asarray(hits, dtype=float)
    hits = hits[:, None] if hits.ndim == 1 else hits
    rows = np.broadcast_to(np.asarray(rows, dtype=float), hits.shape[:1]).copy()
    return DayCounts(hits, rows, np.broadcast_to(np.asarray(season), hits.shape[:1]).copy())


def drawn(rng, days, rows, share, *, day_sd=0.0, seasons=False):
    """Days with binomial hits at ``share``, shifted by a normal day effect on its logit."""
    logit = math.log(share / (1 - share)) + day_sd * rng.normal(size=days)
    season = (np.arange(days) % 7 >= 5).astype(int) if seasons else 0
    return counts(rng.binomial(rows, 1 / (1 + np.exp(-logit))), rows, season)


def means(values, variances=0.04, rows=100, season=0):
    values = np.asarray(values, dtype=float)
    spread = [np.broadcast_to(each, values.shape) for each in (variances, rows, season)]
    return DayMeans.of(list(zip(values, *spread, strict=True)))
