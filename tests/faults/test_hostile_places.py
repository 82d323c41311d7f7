"""Files with names that are no text, links that lead nowhere, and files of labels that are not what they seem."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from windage.errors import DataError, InvalidInput, ReadFailed
from windage.labeling.exchange import answers
from windage.labeling.queue import ActiveLabelingQueue
from windage.partitions.layout import find_partition
from windage.partitions.listing import files_at
from windage.vocabulary import Window

DAY = Window.model_validate({"start": "2026-03-01", "end": "2026-03-02"})


@pytest.mark.parametrize("name", [b"date=2026-03-01/part-\xe9.parquet", b"date=2026-03-01/region=\xe9/part.parquet"])
def test_a_name_that_is_not_utf8_is_said_so_that_it_can_be_shown(tmp_path, name):
    file = os.fsencode(tmp_path) + b"/" + name
    made = Path(os.fsdecode(file))
    made.parent.mkdir(parents=True)
    made.write_bytes(b"PAR1")
    pattern = f"{tmp_path}/date={{start:%Y-%m-%d}}/{'*/' * (name.count(b'/') - 1)}*.parquet"
    with pytest.raises(
        DataError, match=r"\\udce9.* has a name that is not UTF-8\. Rename the file or folder\."
    ) as failure:
        find_partition(pattern, DAY)
    assert str(failure.value).encode().isascii()


@pytest.mark.parametrize(
    "name", ["a part.parquet", "a\npart.parquet", "\u00e9.parquet", "e\u0301.parquet", "k=v%2Fw=.parquet"]
)
def test_every_name_that_is_text_is_read_and_keeps_apart_what_looks_alike(tmp_path, name):
    names = {name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name), name.replace("%2F", "_")}
    for each in names:
        (tmp_path / each).write_bytes(b"PAR1")
    found = find_partition(str(tmp_path), DAY)
    assert set(found.files) == {f"{tmp_path}/{each}" for each in names}


def test_a_link_that_leads_back_to_itself_is_named(tmp_path):
    (tmp_path / "a.parquet").symlink_to(tmp_path / "b.parquet")
    (tmp_path / "b.parquet").symlink_to(tmp_path / "a.parquet")
    with pytest.raises(ReadFailed, match=r"[ab]\.parquet is a link that leads back to itself\. Delete it\."):
        files_at(str(tmp_path))


@pytest.fixture
def asked(tmp_path):
    queue = ActiveLabelingQueue(str(tmp_path / "queue.json"))
    queue.enqueue_drift(
        [{"user_id": f"u{k}", "bucket_start_ts": "2026-03-01", "bucket_end_ts": "2026-03-02"} for k in range(2)]
    )
    return [each.request_id for each in queue.all_items]


def test_ten_megabytes_of_labels_in_two_encodings_are_refused_with_the_line(tmp_path):
    file = tmp_path / "labels.csv"
    file.write_bytes(b"request_id,label\n" + "id,café\n".encode() * 1_100_000 + b"id,caf\xe9\n" + "id,café\n".encode())
    with pytest.raises(InvalidInput, match=r"labels\.csv:1100002 is not UTF-8\. Save the file again as CSV in UTF-8"):
        answers(file)


def test_labels_in_utf16_are_refused_as_what_they_are(tmp_path, asked):
    file = tmp_path / "labels.csv"
    file.write_bytes(f"request_id,label\n{asked[0]},a\n".encode("utf-16"))
    with pytest.raises(InvalidInput, match=r"labels\.csv:1 is not UTF-8"):
        answers(file)


def test_a_row_that_does_not_fit_is_not_quoted(tmp_path, asked):
    file = tmp_path / "labels.csv"
    file.write_text(f"request_id,label\n{asked[0]},sick,Ann Example\n")
    with pytest.raises(InvalidInput, match="Expected 2 columns, got 3 in a row") as failure:
        answers(file)
    assert "Ann" not in str(failure.value)


def test_a_label_may_be_longer_than_what_arrow_reads_at_once(tmp_path, asked):
    file = tmp_path / "labels.csv"
    file.write_text(f"request_id,label\n{asked[0]},{'a' * 3_000_000}\n{asked[1]},{'9' * 100}\n")
    assert [len(each.label) for each in answers(file)] == [3_000_000, 100]
