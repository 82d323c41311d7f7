"""Estimates pooled over all subjects of a reference, for subjects with too few days of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from windage.evidence.seasons import MOST_ASKED
from windage.evidence.tallies import at_hours, counted_below, counted_labels, stacked
from windage.profiles.summary import summary
from windage.profiles.window import WindowProfile, once_per_window
from windage.stats.autocorrelation import common_autocorrelation
from windage.stats.days import DayCounts
from windage.stats.distinct import distinct
from windage.stats.ordinary import FEW_DAYS, LEAST_DAYS, THREE_WEEKS, Ordinary, ordinary

MOST_CLASSES = 12


@once_per_window
def other_features(reference: WindowProfile, hours: frozenset[int]) -> Ordinary | None:
    """How much the days of a numeric feature ordinarily differ, of these ``hours`` in windows shorter than a day, estimated
    from all numeric features; None if the reference has enough days for each feature by itself, or too few for any
    estimate.
    """
    if not LEAST_DAYS <= len(at_hours(reference.days, hours)) < THREE_WEEKS:
        return None
    return ordinary(days.spread for days in _features(reference, hours))


@once_per_window
def other_classes(reference: WindowProfile, hours: frozenset[int]) -> Ordinary | None:
    """``other_features`` for the shares of the predicted classes, including the reject label."""
    if not LEAST_DAYS <= len(at_hours(reference.days, hours)) < THREE_WEEKS:
        return None
    return ordinary(days.spread for days in _classes(reference, hours))


@once_per_window
def day_memory(reference: WindowProfile, hours: frozenset[int]) -> float | None:
    """The autocorrelation of the log's days, of these ``hours`` in windows shorter than a day, estimated from all numeric
    features together; None if there are few days."""
    if len(at_hours(reference.days, hours)) < FEW_DAYS:
        return None
    return common_autocorrelation([days.resemblance for days in _features(reference, hours)])


def _features(reference: WindowProfile, hours: frozenset[int]) -> Iterator[DayCounts]:
    """For each of the first numeric features, its shares below the reference's quartiles by day, without outages."""
    for name in list(reference.numeric)[:MOST_ASKED]:
        cuts = distinct(summary(reference, name).quantile(0.25, 0.5, 0.75))
        found = stacked(reference.days, counted_below(name, cuts), hours=hours)
        if found is not None and found.places.size >= LEAST_DAYS:
            yield found.counts.without_outages()


def _classes(reference: WindowProfile, hours: frozenset[int]) -> Iterator[DayCounts]:
    """For each of the first labels, its share by day, without outages."""
    names = list(reference.labels.counts)[:MOST_CLASSES] if reference.labels else []
    found = stacked(reference.days, counted_labels(names), hours=hours)
    if found is not None and found.places.size >= LEAST_DAYS:
        kept = found.counts.without_outages()
        for k in range(len(names)):
            yield replace(kept, hits=kept.hits[:, [k]])
