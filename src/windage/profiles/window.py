"""All summaries of one window, and the merge of many partitions' windows into one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, wraps
from threading import Lock
from typing import Concatenate, ParamSpec, Protocol, Self, TypeVar
from weakref import WeakKeyDictionary

from windage.profiles.categorical import CategoricalProfile
from windage.profiles.numeric import NumericProfile
from windage.profiles.ranks import RankProfile
from windage.profiles.sample import RowSample
from windage.profiles.scores import ScoreProfile
from windage.vocabulary import RealisedPerformance, Window

T = TypeVar("T")
P = ParamSpec("P")

WEEKDAY, WEEKEND = 0, 1
SATURDAY_AND_SUNDAY = frozenset((5, 6))
"""As ``datetime.weekday`` counts."""
NEARLY_A_DAY = timedelta(hours=20)
SEVERAL_DAYS = timedelta(days=2)

MOST_KEPT = 64
"""Merged columns of a window that stay in memory, because every check asks for them again."""
AT_ONCE = 2
"""In a window that reads rows, the columns that are made at the same time and stay until others are asked for."""
KEPT_OF_MANY = 4
"""Columns that stay if there are more than ``MOST_KEPT``, too many for memory: checks ask for one at a time."""


class OnDemand(Mapping[str, T]):
    """A mapping whose values are made on request; the ``keep`` most recently used stay in memory."""

    def __init__(self, names: Iterable[str], make: Callable[[str], T], *, keep: int = 0) -> None:
        self._names = dict.fromkeys(names)
        self._make = make
        self._keep = keep
        self._kept: dict[str, T] = {}
        self._lock = Lock()

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        with self._lock:
            if name in self._kept:
                self._kept[name] = self._kept.pop(name)
                return self._kept[name]
        value = self._make(name)
        with self._lock:
            self._kept[name] = value
            if len(self._kept) > self._keep:
                del self._kept[next(iter(self._kept))]
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, kw_only=True, eq=False)
class WindowProfile:
    """The summaries of a window's rows.

    A part that the log does not have (no labels, no probabilities …) is None. ``numeric`` and ``categorical`` may
    make a column's profile when it is asked for, and then raise ``DataError`` for a column that cannot be profiled.
    ``ranks`` and ``sample`` are those of a single partition; a merged window has them in its ``days``.
    ``reads_rows`` says that a column is read and sorted when it is asked for, which threads do at the same time.
    ``sample`` reads some of a partition's rows again, if they are at hand.
    ``surest`` counts for each predicted label, in a sample of its rows, the positions of the classes of the highest
    probability.
    ``weekend`` are the days of the week, as ``datetime.weekday`` counts, that are compared with each other alone.
    ``lived_as`` is the part of the week that a day resembles, if it differs from the calendar's.
    ``before`` is the last window before this one where the reference leaves it out as too close, if windows are shorter than
    a day.
    ``realised`` is the performance by labels of the window and of those before it, if it was asked for.
    ``faults`` gives the reason for every part that should be here and is not (``labels``, ``numeric.distance`` …).
    ``asked`` names the columns that checks of columns are to judge; None for all.
    ``named`` are the columns that the monitor's file gives a meaning; None where no file does.
    ``parts`` are the windows of the days that were merged: of partitions, or of the hours of a day.
    """

    rows: int
    numeric: Mapping[str, NumericProfile] = field(default_factory=dict)
    categorical: Mapping[str, CategoricalProfile] = field(default_factory=dict)
    labels: CategoricalProfile | None = None
    confidence: NumericProfile | None = None
    scores: ScoreProfile | None = None
    users: CategoricalProfile | None = None
    surest: Mapping[str, CategoricalProfile] = field(default_factory=dict)
    ranks: RankProfile | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    schema: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    period: Window | None = None
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    lived_as: int | None = None
    sample: Callable[[], RowSample] | None = None
    before: WindowProfile | None = None
    realised: RealisedPerformance | None = None
    asked: frozenset[str] | None = None
    named: frozenset[str] | None = None
    parts: tuple[WindowProfile, ...] = ()
    reads_rows: bool = False

    @property
    def days(self) -> tuple[WindowProfile, ...]:
        """The days' windows that were merged, in their order; itself if it was not merged."""
        return self.parts or (self,)

    @property
    def has_users(self) -> bool:
        """Whether the rows' users are known: a log may name no user column, and a faulty one must not cost a report."""
        return self.users is not None and "users" not in self.faults

    @property
    def starts_at(self) -> datetime | None:
        """The start of the window's period, else the time of its first row."""
        return self.period.start if self.period else self.first_at

    @cached_property
    def season(self) -> int:
        """A number that windows of the same part of the week and the same ``hour`` share."""
        return 2 * self.hour + self.part_of_week

    @cached_property
    def hour(self) -> int:
        """The hour at which the window begins, if it is much shorter than a day; 0 for a day."""
        return self.period.start.hour if self.period is not None and self.period.width < NEARLY_A_DAY else 0

    @cached_property
    def part_of_week(self) -> int:
        """``WEEKDAY`` or ``WEEKEND``, by ``lived_as`` if it is set; ``WEEKDAY`` for a window of several days."""
        if self.lived_as is not None:
            return self.lived_as
        at = self.starts_at
        is_long = self.period is not None and self.period.width >= SEVERAL_DAYS
        return WEEKEND if at is not None and at.weekday() in self.weekend and not is_long else WEEKDAY

    @classmethod
    def merge(cls, parts: Sequence[WindowProfile]) -> WindowProfile:
        """The window of all parts; a column is merged when it is asked for."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            rows=sum(part.rows for part in parts),
            numeric=_merged_on_demand(NumericProfile, [part.numeric for part in parts]),
            categorical=_merged_on_demand(CategoricalProfile, [part.categorical for part in parts]),
            labels=_merged(CategoricalProfile, [part.labels for part in parts]),
            confidence=_merged(NumericProfile, [part.confidence for part in parts]),
            scores=_merged(ScoreProfile, [part.scores for part in parts]),
            users=_merged(CategoricalProfile, [part.users for part in parts]),
            surest=dict(_merged_on_demand(CategoricalProfile, [part.surest for part in parts])),
            first_at=min((part.first_at for part in parts if part.first_at), default=None),
            last_at=max((part.last_at for part in parts if part.last_at), default=None),
            schema={name: kind for part in parts for name, kind in part.schema.items()},
            faults={name: fault for part in parts for name, fault in part.faults.items()},
            weekend=parts[0].weekend if parts else SATURDAY_AND_SUNDAY,
            parts=tuple(day for part in parts for day in part.days),
        )

    @classmethod
    def of_hours(cls, parts: Sequence[WindowProfile], period: Window) -> WindowProfile:
        """The parts of a period as a single day. It has the columns that every part with rows has."""
        schemas = [part.schema for part in parts if part.rows] or [part.schema for part in parts]
        ranks = [part.ranks for part in parts if part.ranks is not None]
        samples = [part.sample for part in parts if part.sample is not None]
        return replace(
            cls.merge(parts),
            period=period,
            parts=(),
            schema={name: kind for name, kind in schemas[-1].items() if all(name in each for each in schemas)},
            ranks=RankProfile.merge(ranks) if ranks else None,
            sample=(lambda: RowSample.merge([each() for each in samples])) if samples else None,
        )

    def faulty(self, kind: str) -> list[str]:
        """Columns of a kind (``numeric``, ``categorical``) that should be here and could not be profiled."""
        return [name.removeprefix(f"{kind}.") for name in self.faults if name.startswith(f"{kind}.")]


Profiles = tuple[WindowProfile, WindowProfile]
"""The reference and the current window."""


def once_per_window(
    compute: Callable[Concatenate[WindowProfile, P], T],
) -> Callable[Concatenate[WindowProfile, P], T]:
    """Caches a function of a window; a result is computed once and lives as long as the window."""
    cache: WeakKeyDictionary[WindowProfile, dict[object, T]] = WeakKeyDictionary()

    @wraps(compute)
    def cached(window: WindowProfile, /, *args: P.args, **kwargs: P.kwargs) -> T:
        results = cache.setdefault(window, {})
        arguments = (args, tuple(kwargs.items()))
        if arguments not in results:
            results[arguments] = compute(window, *args, **kwargs)
        return results[arguments]

    return cached


class Mergeable(Protocol):
    """A summary of rows; the merge of parts is the summary of all their rows."""

    @classmethod
    def merge(cls, parts: Sequence[Self]) -> Self: ...


M = TypeVar("M", bound=Mergeable)


def _merged(kind: type[M], parts: Iterable[M | None]) -> M | None:
    present = [part for part in parts if part is not None]
    return kind.merge(present) if present else None


def _merged_on_demand(kind: type[M], parts: Sequence[Mapping[str, M]]) -> Mapping[str, M]:
    """The summaries of all parts by name, each merged when it is asked for."""
    names = dict.fromkeys(name for part in parts for name in part)
    keep = len(names) if len(names) <= MOST_KEPT else KEPT_OF_MANY
    return OnDemand(names, lambda name: kind.merge([part[name] for part in parts if name in part]), keep=keep)
