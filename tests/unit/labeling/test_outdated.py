"""A window is judged again when labels of its rows came in since; the newest one when any did."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from windage.labeling.outdated import outdated
from windage.labeling.request import LabelRequest
from windage.vocabulary import Window

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
JUDGED_AT = FIRST + timedelta(days=10)


def judged(day):
    window = Window(start=FIRST + timedelta(days=day), end=FIRST + timedelta(days=day + 1))
    return SimpleNamespace(window=window, written_at=JUDGED_AT)


def labelled(day, *, later, status="labeled"):
    start = FIRST + timedelta(days=day, hours=3)
    return LabelRequest(
        request_id=f"{day}", user_id="ada", bucket_start_ts=start, bucket_end_ts=start, reason="uniform",
        created_at=start, status=status, label="a" if status == "labeled" else None,
        done_at=JUDGED_AT + timedelta(minutes=later),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("requests", "days"),
    [
        ([], []),
        ([labelled(2, later=-1)], []),
        ([labelled(2, later=1)], [2, 4]),
        ([labelled(4, later=1)], [4]),
        ([labelled(2, later=1), labelled(1, later=1)], [1, 2, 4]),
        ([labelled(2, later=1, status="skipped")], []),
        ([labelled(9, later=1)], [4]),
    ],
)
def test_which_windows_are_judged_again(requests, days):
    found = outdated([judged(day) for day in (4, 0, 1, 2, 3)], requests)
    assert [(each.start - FIRST).days for each in found] == days


def test_without_any_report_there_is_nothing_to_judge_again():
    assert outdated([], [labelled(0, later=1)]) == []
