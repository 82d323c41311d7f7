"""How much more frequent rows like each one became, by what the window's alerts are about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from windage.arrays import Floats, Texts
from windage.checks.check import Rows
from windage.errors import DataError
from windage.profiles import distance
from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import WindowProfile
from windage.stats.psi import bin_probabilities, quantile_cuts
from windage.vocabulary import DriftAlert, DriftTrigger

BINS = 10
ABOUT_CLASSES = (DriftTrigger.class_shift, DriftTrigger.new_class, DriftTrigger.reject_rate_increase)


def drift_weight(alerts: Sequence[DriftAlert], rows: Rows, reference: WindowProfile, current: WindowProfile) -> Floats:
    """1 + Σ max(0, ln(q/p)) for each row, over what alerted: q and p are the shares of rows like it, now and before."""
    weight = np.ones(current.rows)
    for name in dict.fromkeys(name for alert in alerts for name in alert.affected_features):
        try:
            if name in reference.numeric and name in current.numeric:
                weight += _of_numbers(rows.numbers(name), reference.numeric[name], current.numeric[name])
            elif name in reference.categorical and name in current.categorical:
                weight += _of_texts(rows.texts(name), reference.categorical[name], current.categorical[name])
        except DataError:  # a column that cannot be read tells nothing of its rows
            continue
    if reference.labels and current.labels and any(alert.trigger in ABOUT_CLASSES for alert in alerts):
        weight += _of_texts(rows.labels(), reference.labels, current.labels)
    return weight


def _of_numbers(values: Floats, before: NumericProfile, now: NumericProfile) -> Floats:
    """Missing values are a bin of their own."""
    cuts = quantile_cuts(before.quantiles(bin_probabilities(BINS)))
    p, q = (
        np.append(distance.bin_counts(each, cuts) if each.finite else np.zeros(cuts.size + 1), each.rows - each.finite)
        for each in (before, now)
    )
    at = np.where(np.isfinite(values), np.searchsorted(cuts, values, "right"), cuts.size + 1)
    return _gain(p, q)[at]


def _of_texts(values: Texts, before: CategoricalProfile, now: CategoricalProfile) -> Floats:
    names = list({**before.counts, **now.counts})
    p, q = (np.array([each.counts.get(name, 0) for name in names], dtype=np.float64) for each in (before, now))
    gain = dict(zip(names, _gain(p, q).tolist(), strict=True)) if names else {}
    return np.array([gain.get(value, 0.0) for value in values], dtype=np.float64)


def _gain(p: Floats, q: Floats) -> Floats:
    p, q = p + 0.5, q + 0.5
    return np.asarray(np.maximum(np.log(q / q.sum()) - np.log(p / p.sum()), 0.0))
