from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from windage.errors import InvalidInput
from windage.files import is_database_url, path_or_database
from windage.store.keys import is_storable, natural_key, storable


@pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql://h/d", "postgres://h/d", "postgresql+psycopg://h/d"])
def test_a_database_is_known_by_its_scheme(url):
    assert is_database_url(url)
    assert path_or_database(url, keeps="It") == url


@pytest.mark.parametrize("path", ["queue.json", "/a/b.json", Path("x.json"), "sqlite.json", "file:///a/b.json"])
def test_anything_without_a_scheme_is_a_path(path):
    assert not is_database_url(path)
    assert isinstance(path_or_database(path, keeps="It"), Path)


@pytest.mark.parametrize("url", ["s3://bucket/queue.json", "mysql://u:secret@h/d"])
def test_other_schemes_are_refused_without_showing_the_rest(url):
    with pytest.raises(InvalidInput, match=r"A queue cannot be kept at (s3|mysql)://…") as caught:
        path_or_database(url, keeps="A queue")
    assert "secret" not in str(caught.value)


def test_a_key_never_changes():
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    assert natural_key("m", "ada", moment, 1) == natural_key(
        "m", "ada", moment.astimezone(timezone(timedelta(hours=9))), 1
    )
    assert natural_key("m", "ada", moment, 1) == "7f0afef9-d370-5dec-82bd-4dba84dbda59"


def test_keys_of_different_parts_differ():
    keys = [("a", "b"), ("ab",), ("a,b",), (None, "b"), ("", "b"), ("None", "b"), ("1",), (1,), ('a", "b',)]
    assert len({natural_key(*parts) for parts in keys}) == len(keys)


def test_what_every_store_can_hold():
    assert all(map(is_storable, ["", "é😀\u2028", "\x01\x7f", "../.."]))
    assert not any(map(is_storable, ["nul\x00", "half \ud800", "\udfff half"]))


def test_what_some_store_cannot_hold_is_replaced():
    assert storable("nul\x00, half \ud800 and \udfff half") == "nul\ufffd, half \ufffd and \ufffd half"
    assert storable("é😀\u2028\x01\x7f") == "é😀\u2028\x01\x7f"
