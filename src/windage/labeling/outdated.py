"""Windows whose reports lack labels that came in after they were judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from windage.labeling.request import LabelRequest
from windage.vocabulary import Window


class Judged(Protocol):
    """A window and when it was last judged."""

    @property
    def window(self) -> Window: ...

    @property
    def written_at(self) -> datetime: ...


def outdated(judged: Iterable[Judged], requests: Sequence[LabelRequest]) -> list[Window]:
    """The windows with rows that were labelled after they were judged, and the newest when any were; oldest first."""
    labelled = [each for each in requests if each.status == "labeled" and each.done_at is not None]
    known = sorted(judged, key=lambda each: each.window.end)
    found = [each.window for each in known if any(_is_news(one, each) for one in labelled)]
    if known and known[-1].window not in found:
        newest = known[-1]
        found += [newest.window] * any(one.done_at is not None and one.done_at > newest.written_at for one in labelled)
    return found


def _is_news(labelled: LabelRequest, judged: Judged) -> bool:
    starts, done_at = labelled.bucket_start_ts, labelled.done_at
    return judged.window.start <= starts < judged.window.end and done_at is not None and done_at > judged.written_at
