"""A fault: what it hits, when and how strongly, and the truth about it: what is affected, how badly, from which size on.

A fault of the features is applied before the model answers; a fault of the outputs changes the answers themselves.
Severities are those of docs/statistics.md: of several named any is right, and None is silence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from breakage import Strike, Target, Touch

from world import CLASSES, SHIFTABLE, Day, Timeline, generator

SETTLED = 3
"""Days within which a steady fault must be seen: the day itself and the two runs that may confirm it."""
BY_NOISE = 6.0
"""A shift is due when it is this many times what a day's mean ordinarily moves: p ≈ 1e-6 with 28 days of reference."""

Severities = frozenset[str | None]
WARNING: Severities = frozenset({"warning"})
CRITICAL: Severities = frozenset({"critical"})
EITHER: Severities = WARNING | CRITICAL
SILENCE: Severities = frozenset({None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is really so while a fault lasts. ``topics`` are the causes of which any is the right one to name."""

    topics: frozenset[str]
    severities: Severities
    features: frozenset[str] = frozenset()
    also_touched: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    from_rows: int = 200
    size: float = float("inf")
    by: int = SETTLED

    @property
    def must_alert(self) -> bool:
        return None not in self.severities

    def is_due(self, rows: float, day_sd: float) -> bool:
        """Whether windows of so many rows, in a world of this ordinary life, show the fault at all; silence is always due."""
        return not self.must_alert or (rows >= self.from_rows and self.size >= BY_NOISE * day_sd)


# ── How strong it is, so many days after it began ─────────────────────────────


def always(_: int) -> float:
    return 1.0


def rising(since: int) -> float:
    """To its full size in 30 days."""
    return min((since + 1) / 30, 1.0)


def once(since: int) -> float:
    """On the first day alone; then all is well again."""
    return float(since == 0)


Choose = Callable[[Timeline, np.random.Generator], Target]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong. ``size`` is in sd of a feature; without it the fault is beyond any ordinary day."""

    name: str
    touch: Touch
    choose: Choose
    topics: frozenset[str]
    severities: Severities
    features: tuple[str, ...] | None = None
    """The features affected, where they are not the target's."""
    on_outputs: bool = False
    touches_all: bool = False
    from_rows: int = 200
    size: float = float("inf")
    by: int = SETTLED
    days: int = 5
    strength: Callable[[int], float] = always

    def target(self, timeline: Timeline) -> Target:
        return self.choose(timeline, generator(self.name, timeline.world.name, timeline.seed))

    def truth(self, timeline: Timeline, target: Target) -> Truth:
        return Truth(
            topics=self.topics,
            severities=self.severities,
            features=frozenset(target.features if self.features is None else self.features),
            also_touched=frozenset(timeline.world.features if self.touches_all else ()),
            users=frozenset(target.users),
            from_rows=self.from_rows,
            size=self.size,
            by=self.by,
        )

    def applied(self, timeline: Timeline, day: Day, target: Target, *, since: int, index: int) -> Day:
        """The day as logged ``since`` days after the fault began."""
        strength = self.strength(since)
        if strength == 0:
            return day
        rng = generator(self.name, timeline.world.name, timeline.seed, index)
        broken = self.touch(Strike(timeline=timeline, day=day, target=target, strength=strength, rng=rng))
        return broken if self.on_outputs else timeline.answer(broken)


# ── What is hit ───────────────────────────────────────────────────────────────


def some(
    timeline: Timeline,
    rng: np.random.Generator,
    *,
    kinds: tuple[str, ...] = SHIFTABLE,
    features: int = 1,
    users: int = 0,
) -> Target:
    """Features of these kinds (of any that can move, in a world without them), and users of 1.5–3 % of the rows."""
    numeric = dict(zip(timeline.world.numeric, timeline.world.kinds, strict=True))
    fitting = [name for name, kind in numeric.items() if kind in kinds]
    fitting = fitting or [name for name, kind in numeric.items() if kind in SHIFTABLE]
    ordinary = timeline.user_names[(timeline.activity > 0.015) & (timeline.activity < 0.03)]
    return Target(
        features=tuple(str(name) for name in rng.permutation(fitting)[:features]),
        users=tuple(str(name) for name in rng.permutation(ordinary)[:users]),
        label=str(rng.choice(CLASSES[1:])),
    )


def nothing_of_the_features(timeline: Timeline, rng: np.random.Generator) -> Target:
    return replace(some(timeline, rng), features=())


def the_pair(timeline: Timeline, rng: np.random.Generator) -> Target:
    return replace(some(timeline, rng), features=timeline.world.numeric[1:2])


def every_feature(timeline: Timeline, rng: np.random.Generator) -> Target:
    return replace(some(timeline, rng), features=timeline.world.features)
