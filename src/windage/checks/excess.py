"""Of what should hardly be there at all: is it more than any ordinary day had?"""

from __future__ import annotations

from collections.abc import Sequence

ORDINARY_EXCESS = 1.5
"""How many times the share of the reference's most unusual day is still ordinary."""


def stands_out(share: float, settled: Sequence[float], last: Sequence[float] = ()) -> bool:
    """Whether a share is beyond those of the reference's days; or beyond those of its settled days, where one of the last
    days was as well: a fault that stays does not explain itself."""
    return _is_beyond(share, [*settled, *last]) or (
        _is_beyond(share, settled) and any(_is_beyond(each, settled) for each in last)
    )


def _is_beyond(share: float, days: Sequence[float]) -> bool:
    return share > ORDINARY_EXCESS * max(days, default=0.0)
