"""What can happen to a day's rows: each function gives the day as it was logged with one thing broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from world import CLASSES, REJECT, RENDER, Day, Floats, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What one run's fault hits, drawn from its seed."""

    features: tuple[str, ...]
    users: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """A fault hitting one clean day with a strength in (0, 1]."""

    timeline: Timeline
    day: Day
    target: Target
    strength: float
    rng: np.random.Generator

    def kind(self, feature: str) -> str:
        world = self.timeline.world
        return world.kinds[world.numeric.index(feature)]

    def latent(self, feature: str) -> Floats:
        return self.day.latent[:, self.timeline.world.numeric.index(feature)]

    def some(self, share: float) -> npt.NDArray[np.bool_]:
        """Rows struck at random."""
        return self.rng.random(self.day.rows) < share * self.strength

    def theirs(self) -> npt.NDArray[np.bool_]:
        """The rows of the users that are hit; all rows when none is named."""
        users = self.target.users
        return np.isin(self.day.users, users) if users else np.ones(self.day.rows, dtype=np.bool_)

    def with_numeric(self, changed: Mapping[str, Floats]) -> Day:
        return replace(self.day, numeric={**self.day.numeric, **changed})

    def with_category(self, feature: str, value: str, struck: npt.NDArray[np.bool_]) -> Day:
        values = np.where(struck, value, self.day.categorical[feature])
        return replace(self.day, categorical={**self.day.categorical, feature: values})


Touch = Callable[[Strike], Day]


# ── Features ──────────────────────────────────────────────────────────────────


def move(strike: Strike, *, by: float = 0, factor: float = 1) -> Day:
    """Shifted by ``by`` sd and widened by ``factor``, for the target's users or for all."""
    theirs, changed = strike.theirs(), {}
    for name in strike.target.features:
        latent = strike.latent(name)
        moved = latent * factor**strike.strength + by * strike.strength
        changed[name] = strike.timeline.show(strike.day, name, np.where(theirs, moved, latent))
    return strike.with_numeric(changed)


def multiply(strike: Strike, *, by: float) -> Day:
    return strike.with_numeric({name: strike.day.numeric[name] * by for name in strike.target.features})


def overwrite(strike: Strike, *, share: float, value: float) -> Day:
    """A share of the values is replaced by one value: a sentinel, or nothing at all (NaN)."""
    struck = strike.some(share)
    return strike.with_numeric(
        {name: np.where(struck, value, strike.day.numeric[name]) for name in strike.target.features}
    )


def beyond(strike: Strike, *, share: float) -> Day:
    """A share of the values lies one to three ordinary ranges above everything ever seen."""
    struck, changed = strike.some(share), {}
    for name in strike.target.features:
        low, high = RENDER[strike.kind(name)](np.array([-3.1, 3.1]))
        far = high + (high - low) * strike.rng.uniform(1, 3, strike.day.rows)
        changed[name] = np.where(struck, far, strike.day.numeric[name])
    return strike.with_numeric(changed)


def freeze(strike: Strike) -> Day:
    """A column repeats one ordinary value: the feed behind it stopped."""
    ordinary = {name: float(RENDER[strike.kind(name)](np.array([0.6]))[0]) for name in strike.target.features}
    return strike.with_numeric({name: np.full(strike.day.rows, value) for name, value in ordinary.items()})


def flip(strike: Strike) -> Day:
    """A column keeps its values and changes its company: the largest goes where the smallest was."""
    name = strike.target.features[-1]
    order = np.argsort(strike.latent(name))
    mirrored = np.empty(strike.day.rows)
    mirrored[order] = strike.latent(name)[order[::-1]]
    return strike.with_numeric({name: strike.timeline.show(strike.day, name, mirrored)})


def rename(strike: Strike, *, share: float) -> Day:
    """A share of the rows carries a category that nobody has seen."""
    return strike.with_category("region", "atlantis", strike.some(share))


def remix(strike: Strike, *, share: float) -> Day:
    """A share of the rows takes another category that exists."""
    return strike.with_category("device", "tablet", strike.some(share))


# ── Outputs ───────────────────────────────────────────────────────────────────


def decline(strike: Strike, *, points: float) -> Day:
    """So many more of all rows are rejected."""
    decided = np.flatnonzero(strike.day.labels != REJECT)
    wanted = min(round(points * strike.strength * strike.day.rows), decided.size)
    labels = strike.day.labels.copy()
    labels[strike.rng.choice(decided, wanted, replace=False)] = REJECT
    return replace(strike.day, labels=labels)


def favour(strike: Strike, *, points: float) -> Day:
    """So many more of the decided rows are of one class, with that class's probabilities."""
    label, labels, probabilities = strike.target.label, strike.day.labels.copy(), strike.day.probabilities.copy()
    decided = np.flatnonzero(labels != REJECT)
    others = decided[labels[decided] != label]
    turned = strike.rng.choice(others, min(round(points * decided.size), others.size), replace=False)
    favoured, best = CLASSES.index(label), probabilities[turned].argmax(axis=1)
    top = probabilities[turned, best].copy()
    probabilities[turned, best] = probabilities[turned, favoured]
    probabilities[turned, favoured] = top
    labels[turned] = label
    return replace(strike.day, labels=labels, probabilities=probabilities)


def soften(strike: Strike, *, power: float) -> Day:
    """Probabilities to a power, made to sum to 1: below 1 the model is less sure, near 0 it knows nothing."""
    odds = np.maximum(strike.day.probabilities, 1e-12) ** power
    return replace(strike.day, probabilities=odds / odds.sum(axis=1, keepdims=True))


# ── Whole days ────────────────────────────────────────────────────────────────


def black_out(strike: Strike) -> Day:
    """Nothing but nulls came in, and the model declined every row."""
    day = strike.day
    return replace(
        day,
        numeric={name: np.full(day.rows, np.nan) for name in day.numeric},
        categorical={name: np.full(day.rows, None, dtype=np.object_) for name in day.categorical},
        labels=np.full(day.rows, REJECT, dtype=np.object_),
        probabilities=np.full((day.rows, len(CLASSES)), 1 / len(CLASSES)),
    )


def cut_short(strike: Strike) -> Day:
    """The log ends after five eighths of the window: at 15:00 of a day."""
    end = np.datetime64((strike.day.start + strike.day.width * 5 / 8).replace(tzinfo=None))
    return strike.day.take(np.flatnonzero(strike.day.times < end))
