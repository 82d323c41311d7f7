"""Windows that were judged before labels of their rows came in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from windage.labeling.request import LabelRequest
from windage.vocabulary import Window

if TYPE_CHECKING:
    from windage.reports.index import ReportEntry


def outdated(judged: Iterable[ReportEntry], requests: Sequence[LabelRequest]) -> list[Window]:
    """The windows with rows that were labelled after the window was judged, oldest first.

    The newest window is among them if any row at all was labelled since: its report includes the labels of weeks.
    """
    labels = sorted(
        (each.bucket_start_ts, each.done_at)
        for each in requests
        if each.status == "labeled" and each.done_at is not None
    )
    starts, given_at = [start for start, _ in labels], [done_at for _, done_at in labels]
    known = sorted(judged, key=lambda each: each.window.end)
    found = []
    for each in known:
        of_window = slice(bisect_left(starts, each.window.start), bisect_left(starts, each.window.end))
        is_newest = each is known[-1]
        if max(given_at if is_newest else given_at[of_window], default=each.written_at) > each.written_at:
            found.append(each.window)
    return found
