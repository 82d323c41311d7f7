"""The contract of the telemetry store, the same in a folder, SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from windage.errors import InvalidInput
from windage.telemetry.store import TelemetryStore
from windage.vocabulary import ConfidenceStats, TelemetrySnapshot

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def snapshot(hour: int = 0, **fields):
    return TelemetrySnapshot(timestamp=MONDAY + timedelta(hours=hour), **{"total_windows": hour} | fields)


def of_window(day: int, *, hour: int = 0, monitor="flights", **fields):
    start = MONDAY + timedelta(days=day)
    return snapshot(hour, monitor=monitor, window_start=start, window_end=start + timedelta(days=1), **fields)


@pytest.fixture
def opened(telemetry_place):
    return lambda: TelemetryStore(telemetry_place)


@pytest.fixture
def store(opened):
    return opened()


def hours(snapshots):
    return [one.total_windows for one in snapshots]


def test_an_empty_store_has_nothing(store):
    assert store.read_recent() == store.read_recent(user_id="ada") == store.read_range(MONDAY, MONDAY) == []


def test_a_snapshot_is_read_as_it_was_written(store, opened):
    one = of_window(
        1,
        user_id="ada",
        feature_missingness={"x": 1 / 3},
        confidence_stats=ConfidenceStats(mean=0.1 + 0.2, median=0.5, p5=1e-300, p95=1.0, std=0.0),
        reject_rate=0.1,
        mean_entropy=1.0986122886681098,
        class_distribution={"é😀\u2028\n": 1.0},
        schema_version="features_v2",
        suggestions_per_day=3,
    )
    store.append(one)
    assert opened().read_recent(user_id="ada") == [one]


def test_recent_means_the_last_n_newest_last(store):
    for hour in range(12):
        store.append(snapshot(hour))
    assert hours(store.read_recent()) == list(range(2, 12))
    assert hours(store.read_recent(3)) == [9, 10, 11]
    assert hours(store.read_recent(100)) == list(range(12))
    assert store.read_recent(0) == store.read_recent(-1) == []


def test_order_is_by_time_and_then_by_arrival(store):
    for hour, name in [(2, "a"), (1, "b"), (1, "c"), (1, "d"), (0, "e")]:
        store.append(snapshot(hour, schema_version=name))
    assert [one.schema_version for one in store.read_recent()] == ["e", "b", "c", "d", "a"]
    assert [one.schema_version for one in store.read_recent(2)] == ["d", "a"]


def test_a_range_includes_both_ends(store):
    for hour in (3, 1, 2, 0, 4):
        store.append(snapshot(hour))
    start, end = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=3)
    assert hours(store.read_range(start, end)) == [1, 2, 3]
    assert hours(store.read_range(start.replace(tzinfo=None), end.replace(tzinfo=None))) == [1, 2, 3]
    assert store.read_range(end, start) == []


def test_users_and_all_of_them_are_kept_apart(store):
    for hour, user in enumerate([None, "ada", "Ada", "global", "", "../ada"]):
        store.append(snapshot(hour, user_id=user))
    for hour, user in enumerate([None, "ada", "Ada", "global", "", "../ada"]):
        assert hours(store.read_recent(user_id=user)) == [hour]
        assert hours(store.read_range(MONDAY, MONDAY + timedelta(days=1), user_id=user)) == [hour]


def test_one_store_serves_several_monitors(store):
    store.append(of_window(0, hour=1))
    store.append(of_window(0, hour=2, monitor="taxis"))
    assert hours(store.read_recent(monitor="taxis")) == [2]
    assert hours(store.read_range(MONDAY, MONDAY + timedelta(days=1), monitor="flights")) == [1]
    assert hours(store.read_recent()) == [1, 2]


def test_a_repeated_window_replaces_the_earlier(store):
    for day in (0, 1, 2):
        store.append(of_window(day, hour=day))
    store.append(of_window(1, hour=9))
    store.append(of_window(1, hour=9))
    assert hours(store.read_recent()) == [0, 2, 9]
    assert hours(store.read_recent(2)) == [2, 9]
    assert hours(store.read_range(MONDAY, MONDAY + timedelta(hours=5))) == [0, 2]


def test_a_replaced_snapshot_comes_after_others_of_the_same_moment(store):
    for day in (0, 1, 0):
        store.append(of_window(day, total_windows=day))
    assert hours(store.read_recent()) == [1, 0]


def test_windows_of_users_and_monitors_are_told_apart(store):
    for user in (None, "ada", "bob"):
        for monitor in ("flights", "taxis", None):
            store.append(of_window(0, user_id=user, monitor=monitor))
    assert [len(store.read_recent(user_id=user)) for user in (None, "ada", "bob")] == [3, 3, 3]


def test_snapshots_of_no_monitors_window_are_all_kept(store):
    for _ in range(2):
        store.append(snapshot(1))
        store.append(of_window(0, hour=1, monitor=None))
    assert hours(store.read_recent()) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "fields",
    [
        {"user_id": "nul\x00"},
        {"monitor": "half \ud800"},
        {"mean_entropy": float("nan")},
        {"feature_missingness": {"x": float("inf")}},
    ],
    ids=str,
)
def test_what_could_not_be_read_back_is_refused(store, fields):
    with pytest.raises(InvalidInput, match=r"Correct it|Leave out"):
        store.append(snapshot(**fields))
    assert store.read_recent() == []


def test_append_says_where(store, telemetry_place):
    where = store.append(snapshot(user_id="ada"))
    if isinstance(telemetry_place, Path):
        assert where == telemetry_place / "telemetry_ada.jsonl"
    else:
        assert where == telemetry_place.partition("?")[0]


def test_an_object_store_cannot_be_appended_to():
    with pytest.raises(InvalidInput, match="Telemetry cannot be kept at s3"):
        TelemetryStore("s3://bucket/telemetry")
