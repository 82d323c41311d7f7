"""Sentences that keep names separate from words, so that every view can escape and mark up what came from the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from windage.reports.formats import clean, count, shortened


class Name(str):
    """A feature, class or check as the data spells it; in plain text, it stands in backticks."""

    __slots__ = ()

    @property
    def shown(self) -> str:
        """The name cleaned and shortened, never empty, without markup."""
        return shortened(self) or "(no name)"

    @property
    def plain(self) -> str:
        return f"`{self.shown}`"


class Who(Name):
    """A user; in plain text, without backticks."""

    __slots__ = ()

    @property
    def plain(self) -> str:
        return self.shown


class Sentence(tuple[str, ...]):
    """Words and names in order; ``str`` gives plain text on one line."""

    __slots__ = ()

    def __str__(self) -> str:
        text = "".join(part.plain if isinstance(part, Name) else clean(part) for part in self)
        return text[:1].upper() + text[1:]


def say(*parts: str | Sequence[str]) -> Sentence:
    """One sentence from words, names and lists of both."""
    flat: list[str] = []
    for part in parts:
        flat += [part] if isinstance(part, str) else part
    return Sentence(each for each in flat if each or isinstance(each, Name))


def enumerated(names: Iterable[str], *, most: int = 3, left_out: str = "more") -> Sentence:
    """``a``, ``b`` and 4 more: the first ``most`` names and how many were left out."""
    every = list(names)
    shown = every if len(every) <= most + 1 else every[:most]
    left = [f"{count(len(every) - len(shown))} {left_out}"] if len(shown) < len(every) else []
    items = [*shown, *left]
    parts: list[str] = []
    for place, item in enumerate(items):
        if place:
            parts.append(" and " if place == len(items) - 1 else ", ")
        parts.append(item)
    return Sentence(parts)
