"""Where windows of a monitor's schedule were never judged, so that no picture runs across them as if they were known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median_low

from windage.vocabulary import Window

FURTHER = 1.5
"""Where two windows begin more than this many usual steps apart, others are missing between them."""


def gaps(windows: Sequence[Window]) -> dict[int, Window]:
    """The times without a window, by the index of the window after each. The usual step is the median of the steps between
    windows.

    >>> days = [Window.model_validate({"start": f"2026-03-{k:02}", "end": f"2026-03-{k + 1:02}"}) for k in (2, 3, 9)]
    >>> {place: str(each) for place, each in gaps(days).items()}
    {2: '2026-03-04 – 2026-03-09'}
    """
    steps = [after.start - before.start for before, after in pairwise(windows)]
    if not steps:
        return {}
    usual = median_low(steps)
    return {
        k: Window(start=min(before.end, before.start + usual), end=after.start)
        for k, (before, after) in enumerate(pairwise(windows), start=1)
        if after.start - before.start > FURTHER * usual
    }
