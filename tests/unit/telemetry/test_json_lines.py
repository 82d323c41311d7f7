import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windage.errors import StoreUnavailable
from windage.telemetry.json_lines import file_name
from windage.telemetry.store import TelemetryStore
from windage.vocabulary import TelemetrySnapshot

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LONGEST_NAME_OF_A_FILE = 255 - len(".") - len(".lock")


def snapshot(number: int, user: str | None = None):
    return TelemetrySnapshot(timestamp=MONDAY + timedelta(hours=number), total_windows=number, user_id=user)


@given(st.lists(st.none() | st.text() | st.text("aA%=./ \\é😀", max_size=400), unique=True, max_size=30))
def test_every_user_has_a_file_of_their_own_and_it_stays_in_the_folder(users):
    names = [file_name(user) for user in users]
    assert len(set(names)) == len(users)
    assert all(len(name) <= LONGEST_NAME_OF_A_FILE for name in names)
    assert not any(set("/\\\x00 ") & set(name) for name in names)
    assert all(name.startswith("telemetry_") and name.endswith(".jsonl") and name.isascii() for name in names)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (None, "telemetry_global.jsonl"),
        ("global", "telemetry_%67lobal.jsonl"),
        ("ada-1", "telemetry_ada-1.jsonl"),
        ("../x", "telemetry_..%2Fx.jsonl"),
    ],
)
def test_plain_users_have_plain_files(user, name):
    assert file_name(user) == name


def test_long_names_that_begin_alike_are_told_apart(tmp_path):
    store = TelemetryStore(tmp_path)
    users = ["u" * 5000 + end for end in "ab"]
    for number, user in enumerate(users):
        store.append(snapshot(number, user))
    assert [store.read_recent(user_id=user)[0].total_windows for user in users] == [0, 1]


def test_an_append_leaves_what_is_there_as_it_is(tmp_path):
    store = TelemetryStore(tmp_path)
    path = store.append(snapshot(0))
    before, inode = path.read_bytes(), path.stat().st_ino
    store.append(snapshot(1))
    assert path.read_bytes().startswith(before)
    assert path.stat().st_ino == inode
    assert [json.loads(line)["total_windows"] for line in path.read_text().splitlines()] == [0, 1]


@pytest.mark.parametrize("cut", [1, 2, 20, -1])
def test_half_a_line_neither_hides_nor_swallows_another(tmp_path, caplog, cut):
    """Cut anywhere: all but the newline is a whole snapshot, less is none."""
    store = TelemetryStore(tmp_path)
    for number in (0, 1):
        path = store.append(snapshot(number))
    whole = path.read_bytes()
    second = whole.index(b"\n") + 1
    path.write_bytes(whole[: len(whole) - 1] if cut == 1 else whole[: second + (cut if cut > 0 else 1)])
    kept = [0, 1] if cut == 1 else [0]
    with caplog.at_level(logging.WARNING):
        assert [one.total_windows for one in store.read_recent()] == kept
    assert ("1 of 2 lines" in caplog.text) == (cut != 1)
    store.append(snapshot(2))
    assert [one.total_windows for one in store.read_recent()] == [*kept, 2]


def test_a_file_of_another_user_in_the_same_place_is_not_mixed_up(tmp_path):
    """As on a file system that does not tell upper from lower case."""
    store = TelemetryStore(tmp_path)
    store.append(snapshot(0, "ada"))
    (tmp_path / "telemetry_ada.jsonl").rename(tmp_path / "telemetry_Ada.jsonl")
    store.append(snapshot(1, "Ada"))
    assert [one.total_windows for one in store.read_recent(user_id="Ada")] == [1]


def test_a_folder_that_cannot_be_written_is_a_store_that_does_not_answer(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="could not be locked"):
        TelemetryStore(tmp_path / "file" / "below").append(snapshot(0))
    (tmp_path / "telemetry_global.jsonl").mkdir()
    with pytest.raises(StoreUnavailable, match="could not be appended to"):
        TelemetryStore(tmp_path).append(snapshot(0))
