"""A world without faults: how its rows, users, days and seasons come about, and the classifier that answers them.

A row has a latent normal vector (user, shared factors, day, season, its own noise) whose variance within a day is 1;
features are monotone pictures of it, so a shift of the latent column by δ is a shift by δ standard deviations whatever
the feature looks like. A fixed model maps the features as logged to class probabilities, so broken inputs reach the
outputs as they would in production.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

REJECT = "Mixed/Unknown"
CLASSES = ("focus", "meeting", "browsing", "idle")
REJECT_RATE = 0.08
FIRST_DAY = datetime(2025, 1, 6, tzinfo=UTC)  # a Monday
SATURDAY = 5
HOURS = np.linspace(0, 24, 97)
PASSED = betainc(3.0, 2.6, HOURS / 24)
"""The share of a day's rows that came in by each hour."""
FACTORS = 4
FACTOR_SHARE = 0.5
PAIR_SHARE = 0.8
"""The first two features hang together by this loading on one factor: a correlation of about .64 to break."""

RENDER: Mapping[str, Callable[[Floats], Floats]] = {
    "normal": lambda z: 50 + 12 * z,
    "sparse": lambda z: 5 + 2 * z,
    "weather": lambda z: 15 + 4 * z,
    "lognormal": lambda z: np.exp(3 + 0.6 * z),
    "heavy": np.sinh,
    "bounded": lambda z: 1 / (1 + np.exp(-1.5 * z)),
    "count": lambda z: np.floor(np.exp(1.6 + 0.6 * z)),
    "few": lambda z: np.clip(np.round(1.2 * z), -2, 2) + 2,
    "zero_inflated": lambda z: np.round(np.maximum(z - 0.5, 0) * 30),
    "flag": lambda z: (z > 0.8).astype(np.float64),
    "constant": lambda z: np.full(z.shape, 7.0),
}
MISSING = {"sparse": 0.02}
SHIFTABLE = ("normal", "lognormal", "heavy", "bounded", "count", "zero_inflated", "few")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One kind of ordinary life. All spreads are in standard deviations of a feature within a day."""

    name: str
    rows: int = 2000
    users: int = 50
    kinds: tuple[str, ...]
    user_spread: float = 0.35
    user_wander: float = 0.0  # persistent over days: what a user does today resembles yesterday
    user_day: float = 0.0  # a user's rows of one day resemble each other
    user_memory: float = 0.9
    mix_noise: float = 0.2  # how unevenly users turn up from day to day
    day_shock: float = 0.0
    day_memory: float = 0.0
    class_shock: float = 0.0
    weather_shock: float = 0.8
    season: float = 0.0
    weekend_volume: float = 1.0
    hourly: float = 0.0
    holidays: tuple[int, ...] = ()
    growth: float = 0.0
    volume_noise: float = 0.06
    rows_between: tuple[int, int] | None = None
    windows_a_day: int = 1
    remembered_days: int | None = None  # how much of the past there is to compare with; None is all of it
    outage_before: int | None = None  # so many days before the first judged day, everything was null

    @property
    def width(self) -> timedelta:
        """Length of one window; ``Day`` below is a window, and a whole day in most worlds."""
        return timedelta(hours=24 // self.windows_a_day)

    @property
    def numeric(self) -> tuple[str, ...]:
        return tuple(f"{kind}_{k}" for k, kind in enumerate(self.kinds))

    @property
    def categorical(self) -> tuple[str, ...]:
        return ("region", "device")

    @property
    def features(self) -> tuple[str, ...]:
        return (*self.numeric, *self.categorical)

    def begin(self, seed: int, *, days: int) -> Timeline:
        """One life of this world: the same seed gives the same days."""
        return Timeline(self, seed, days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The rows that one day logged, and the hidden parts that the model's answers follow from."""

    start: datetime
    width: timedelta
    latent: Floats
    numeric: dict[str, Floats]
    categorical: dict[str, Texts]
    users: Texts
    times: npt.NDArray[np.datetime64]
    unseen: Floats
    labels: Texts = field(default_factory=lambda: np.empty(0, dtype=np.object_))
    probabilities: Floats = field(default_factory=lambda: np.empty((0, len(CLASSES))))

    @property
    def rows(self) -> int:
        return self.users.size

    def take(self, rows: npt.NDArray[np.intp]) -> Day:
        return replace(
            self,
            latent=self.latent[rows],
            numeric={name: values[rows] for name, values in self.numeric.items()},
            categorical={name: values[rows] for name, values in self.categorical.items()},
            users=self.users[rows],
            times=self.times[rows],
            unseen=self.unseen[rows],
            labels=self.labels[rows],
            probabilities=self.probabilities[rows],
        )


def generator(*key: int | str) -> np.random.Generator:
    return np.random.default_rng([crc32(part.encode()) if isinstance(part, str) else part for part in key])


def autoregressive(rng: np.random.Generator, shape: tuple[int, ...], memory: float) -> Floats:
    """Standard normal paths along the first axis with lag-1 correlation ``memory``."""
    path = rng.standard_normal(shape)
    for day in range(1, shape[0]):
        path[day] = memory * path[day - 1] + np.sqrt(1 - memory**2) * path[day]
    return path


class Timeline:
    """One seeded life of a world."""

    def __init__(self, world: World, seed: int, days: int) -> None:
        self.world, self.seed = world, seed
        rng = generator(world.name, seed)
        days = -(-days // world.windows_a_day)
        features, users = len(world.kinds), world.users
        self.user_names = np.array([f"user_{k:02d}" for k in range(users)], dtype=np.object_)
        activity = 1 / (np.arange(users) + 8.0)
        self.activity = rng.permutation(activity / activity.sum())
        self.weekend_activity = self.activity * np.exp(0.8 * world.season * rng.standard_normal(users))
        loadings = rng.standard_normal((features, FACTORS))
        loadings *= FACTOR_SHARE / np.linalg.norm(loadings, axis=1, keepdims=True)
        loadings[:2] = np.eye(1, FACTORS) * PAIR_SHARE
        self.loadings = loadings
        hidden = world.user_spread**2 + world.user_wander**2 + world.user_day**2
        self.noise = np.sqrt(np.maximum(1 - np.sum(loadings**2, axis=1) - hidden, 0.05))
        self.user_effect = world.user_spread * rng.standard_normal((users, features))
        self.user_path = world.user_wander * autoregressive(rng, (days, users, features), world.user_memory)
        shock = np.array([world.weather_shock if kind == "weather" else world.day_shock for kind in world.kinds])
        self.day_path = shock * autoregressive(rng, (days, features), world.day_memory)
        self.class_path = world.class_shock * autoregressive(rng, (days, len(CLASSES)), world.day_memory)
        self.weekend_effect = world.season * rng.uniform(-1, 1, features)
        self.weekend_classes = 2.0 * world.season * rng.uniform(-1, 1, len(CLASSES))
        self.hour_phase = rng.uniform(0, 2 * np.pi, features)
        self.home_region = rng.choice(6, users, p=(0.35, 0.25, 0.2, 0.12, 0.075, 0.005))
        self.region_share = np.array((0.35, 0.25, 0.2, 0.12, 0.075, 0.005))
        self.device_path = np.log((0.6, 0.3, 0.1)) + world.class_shock * autoregressive(
            rng, (days, 3), world.day_memory
        )
        weights = 0.45 * rng.standard_normal((features, len(CLASSES)))
        weights[rng.permutation(features)[features // 2 :]] = 0
        self.weights = weights
        self.bias = np.array([0.9, 0.4, 0.0, -0.4])
        self._calibrate(rng)

    def _calibrate(self, rng: np.random.Generator) -> None:
        """What the model learned in training: centre and spread of each feature, and when to decline."""
        latent = rng.standard_normal((4000, len(self.world.kinds)))
        shown = np.column_stack([RENDER[kind](latent[:, k]) for k, kind in enumerate(self.world.kinds)])
        self.centre, self.spread = shown.mean(axis=0), np.maximum(shown.std(axis=0), 1e-9)
        unseen = 2.4 * rng.standard_normal((4000, len(CLASSES)))
        probabilities = self._softmax(shown, unseen)
        self.cutoff = float(np.quantile(probabilities.max(axis=1), REJECT_RATE))

    def _softmax(self, values: Floats, unseen: Floats) -> Floats:
        standard = np.clip(np.nan_to_num((values - self.centre) / self.spread), -4, 4)
        logits = self.bias + standard @ self.weights + unseen
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def starts(self, index: int) -> datetime:
        """When a window begins: seeds begin on different weekdays."""
        return FIRST_DAY + timedelta(days=self.seed % 7) + index * self.world.width

    def is_weekend(self, index: int) -> bool:
        return self.starts(index).weekday() >= SATURDAY or index in self.world.holidays

    @cached_property
    def effective_users(self) -> float:
        return float(1 / np.sum(self.activity**2))

    def day_sd(self, feature: str, rows: float) -> float:
        """How far the mean of a feature ordinarily moves from one window to the next, in sd of its rows."""
        world = self.world
        own = world.weather_shock if feature.startswith("weather") else world.day_shock
        users = world.user_wander**2 + world.user_day**2 + (world.user_spread * world.mix_noise) ** 2
        return float(np.sqrt(own**2 + users / self.effective_users + 1 / max(rows, 1)))

    def day(self, index: int) -> Day:
        """The clean day; call ``answer`` again after its features were changed."""
        world, rng = self.world, generator(self.world.name, self.seed, index)
        weekend = self.is_weekend(index)
        start, today = self.starts(index), index // world.windows_a_day
        passed = np.interp([start.hour, start.hour + world.width.total_seconds() / 3600], HOURS, PASSED)
        rows = self._volume(rng, today, weekend=weekend, share=float(passed[1] - passed[0]))
        users = self._who(rng, rows, weekend=weekend)
        hours = np.sort(np.interp(rng.uniform(passed[0], passed[1], rows), PASSED, HOURS))
        features = len(world.kinds)
        latent = rng.standard_normal((rows, features)) * self.noise
        latent += rng.standard_normal((rows, FACTORS)) @ self.loadings.T
        effect = self.user_effect + self.user_path[today]
        if world.user_day:
            effect = effect + world.user_day * rng.standard_normal(effect.shape)
        latent += effect[users]
        latent += self.day_path[today] + self.weekend_effect * weekend
        if world.hourly:
            latent += world.hourly * np.sin(hours[:, None] * (2 * np.pi / 24) + self.hour_phase)
        day = Day(
            start=start,
            width=world.width,
            latent=latent,
            numeric=self._render(latent, rng),
            categorical=self._categories(rng, users, today),
            users=self.user_names[users],
            times=np.datetime64(start.date(), "s") + (hours * 3600).astype("timedelta64[s]"),
            unseen=2.4 * rng.standard_normal((rows, len(CLASSES)))
            + self.class_path[today]
            + self.weekend_classes * weekend,
        )
        return self.answer(day)

    def show(self, day: Day, feature: str, latent: Floats) -> Floats:
        """A feature as logged when its latent values are these; what was missing stays missing."""
        column = self.world.numeric.index(feature)
        return np.where(np.isnan(day.numeric[feature]), np.nan, RENDER[self.world.kinds[column]](latent))

    def answer(self, day: Day) -> Day:
        """The day with the model's answers to its features as they now stand."""
        values = np.column_stack([day.numeric[name] for name in self.world.numeric])
        probabilities = self._softmax(values, day.unseen)
        names = np.array(CLASSES, dtype=np.object_)
        labels = np.where(probabilities.max(axis=1) < self.cutoff, REJECT, names[probabilities.argmax(axis=1)])
        return replace(day, probabilities=probabilities, labels=labels.astype(np.object_))

    def _volume(self, rng: np.random.Generator, today: int, *, weekend: bool, share: float) -> int:
        world = self.world
        if world.rows_between is not None:
            return int(rng.integers(*world.rows_between, endpoint=True))
        expected = world.rows * share * (1 + world.growth) ** today * (world.weekend_volume if weekend else 1.0)
        return int(rng.poisson(expected * np.exp(world.volume_noise * rng.standard_normal())))

    def _who(self, rng: np.random.Generator, rows: int, *, weekend: bool) -> npt.NDArray[np.intp]:
        share = self.weekend_activity if weekend else self.activity
        share = share * np.exp(self.world.mix_noise * rng.standard_normal(share.size))
        return np.searchsorted(np.cumsum(share / share.sum())[:-1], rng.random(rows), side="right")

    def _render(self, latent: Floats, rng: np.random.Generator) -> dict[str, Floats]:
        shown = {}
        for k, (name, kind) in enumerate(zip(self.world.numeric, self.world.kinds, strict=True)):
            values = RENDER[kind](latent[:, k])
            if kind in MISSING:
                values[rng.random(values.size) < MISSING[kind]] = np.nan
            shown[name] = values
        return shown

    def _categories(self, rng: np.random.Generator, users: npt.NDArray[np.intp], today: int) -> dict[str, Texts]:
        regions = np.array(["north", "south", "west", "east", "centre", "islands"], dtype=np.object_)
        devices = np.array(["phone", "laptop", "tablet"], dtype=np.object_)
        travelling = np.searchsorted(np.cumsum(self.region_share)[:-1], rng.random(users.size), side="right")
        region = np.where(rng.random(users.size) < 0.6, self.home_region[users], travelling)
        share = np.exp(self.device_path[today])
        device = np.searchsorted(np.cumsum(share / share.sum())[:-1], rng.random(users.size), side="right")
        return {"region": regions[region], "device": devices[device]}
