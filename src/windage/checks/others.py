"""What a reference's other subjects say of one of them, whose own days are too few to tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from windage.checks.counted import counted_below, counted_labels, stacked
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile
from windage.stats.day_model import DayCounts
from windage.stats.memory import Resemblance, common_autocorrelation
from windage.stats.ordinary import FEW_DAYS, LEAST_DAYS, Ordinary, ordinary, spread_between
from windage.stats.outages import without_outages

T = TypeVar("T")

MOST_ASKED = 32
MOST_CLASSES = 12


def other_features(reference: WindowProfile) -> Ordinary | None:
    """How much rows of one day resemble each other in the numeric features together; None where that is not needed.

    Asked only of a reference of few days, whose single features cannot tell.
    """
    if not LEAST_DAYS <= len(reference.days) < FEW_DAYS:
        return None
    return _once(_FEATURES, reference, lambda: ordinary(spread_between(*days) for days in _features(reference)))


def other_classes(reference: WindowProfile) -> Ordinary | None:
    """The same of the shares of the predicted classes together, the reject label among them."""
    if not LEAST_DAYS <= len(reference.days) < FEW_DAYS:
        return None
    return _once(_CLASSES, reference, lambda: ordinary(spread_between(*days) for days in _classes(reference)))


def day_memory(reference: WindowProfile) -> float | None:
    """How much a day of the log resembles the one before it, as the numeric features show it together; None of few days."""
    if len(reference.days) < FEW_DAYS:
        return None
    return _once(
        _MEMORY, reference, lambda: common_autocorrelation([Resemblance.of(*days) for days in _features(reference)])
    )


_FEATURES: WeakKeyDictionary[WindowProfile, Ordinary | None] = WeakKeyDictionary()
_CLASSES: WeakKeyDictionary[WindowProfile, Ordinary | None] = WeakKeyDictionary()
_MEMORY: WeakKeyDictionary[WindowProfile, float | None] = WeakKeyDictionary()


def _once(known: WeakKeyDictionary[WindowProfile, T], reference: WindowProfile, find: Callable[[], T]) -> T:
    """What all checks of a window ask for, found by the first."""
    if reference not in known:
        known[reference] = find()
    return known[reference]


def _features(reference: WindowProfile) -> Iterator[DayCounts]:
    """The quartiles of some numeric features, day by day, without outages."""
    for name in list(reference.numeric)[:MOST_ASKED]:
        cuts = np.unique(summary(reference, name).quantile(0.25, 0.5, 0.75))
        days = stacked(reference.days, counted_below(name, cuts))
        if days is not None and days.rows.size >= LEAST_DAYS:
            yield without_outages(days)


def _classes(reference: WindowProfile) -> Iterator[DayCounts]:
    """The share of each of some labels, day by day, without outages."""
    names = list(reference.labels.counts)[:MOST_CLASSES] if reference.labels else []
    days = stacked(reference.days, counted_labels(names))
    if days is not None and days.rows.size >= LEAST_DAYS:
        kept = without_outages(days)
        for k in range(len(names)):
            yield kept._replace(hits=kept.hits[:, [k]])
