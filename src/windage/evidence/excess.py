"""Of what should hardly be there at all: is it more than any ordinary day had?"""

from __future__ import annotations

from collections.abc import Sequence

from windage.stats.outages import ALONE, is_exception

TOLD = 0.01
"""Of fewer rows nothing is told."""
ORDINARY_EXCESS = 1.5
"""How many times the share of the reference's most unusual ordinary day is still ordinary."""


def without_accidents(days: Sequence[float]) -> list[float]:
    """The days' shares without those of one episode, of a day or at most a tenth of them, that stand far above all others:
    what came once says nothing of what ordinarily comes."""
    order = sorted(days, reverse=True)
    for times in range(len(days) // 2, 0, -1):
        if order[times - 1] > ALONE * order[times]:
            those = [place for place, share in enumerate(days) if share >= order[times - 1]]
            if is_accident(those, of=len(days)):
                return [share for share in days if share < order[times - 1]]
    return list(days)


def is_accident(those: Sequence[int], *, of: int) -> bool:
    """Whether what happened on those days (positions in the reference, of ``of`` days) was a single episode: on one day
    or on at most a tenth of them, in a row, and neither first nor last, where it may be part of something longer."""
    in_a_row = bool(those) and those[-1] - those[0] < len(those)
    return in_a_row and is_exception(len(those), of) and those[0] > 0 and those[-1] < of - 1


def stands_out(share: float, settled: Sequence[float], last: Sequence[float] = ()) -> bool:
    """Whether a share is beyond those of the reference's days; or beyond those of its settled days, where one of the last
    days was as well: a fault that stays does not explain itself."""
    return _is_beyond(share, [*settled, *last]) or (
        _is_beyond(share, settled) and any(_is_beyond(each, settled) for each in last)
    )


def _is_beyond(share: float, days: Sequence[float]) -> bool:
    return share > ORDINARY_EXCESS * max(without_accidents(days), default=0.0)
