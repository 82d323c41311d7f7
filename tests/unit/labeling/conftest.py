from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from windage.labeling.queue import ActiveLabelingQueue


class Clock:
    """A clock that only the test moves forward."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 10, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["json", "sqlite", "postgresql"])
def place(request, tmp_path):
    """The place of a queue: a JSON file, SQLite or PostgreSQL."""
    return tmp_path / "queue.json" if request.param == "json" else request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def opened(place, clock) -> Callable[..., ActiveLabelingQueue]:
    """Opens the queue again, as another process would."""
    return lambda cap=20: ActiveLabelingQueue(place, max_asks_per_day=cap, now=clock)


@pytest.fixture
def queue(opened):
    return opened()


@pytest.fixture
def bucket():
    """Builds a bucket of a user, ``n`` minutes after the first."""

    def make(n: int = 0, *, user: str = "ada", **more):
        start = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=n)
        return {"user_id": user, "bucket_start_ts": start, "bucket_end_ts": start + timedelta(minutes=1), **more}

    return make
