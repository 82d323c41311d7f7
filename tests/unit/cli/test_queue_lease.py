"""``windage queue lease``: a person takes requests for themselves, and gives them back."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from windage.labeling.queue import ActiveLabelingQueue

START = datetime(2013, 3, 8, tzinfo=UTC)


@pytest.fixture
def place(sqlite_url):
    ActiveLabelingQueue(sqlite_url).enqueue_drift(
        [
            {
                "user_id": ["ada", "bob"][hour % 2],
                "bucket_start_ts": START + timedelta(hours=hour),
                "bucket_end_ts": START + timedelta(hours=hour + 1),
                "monitor": "flights",
                "predicted_label": "very_late",
                "confidence": 0.4219,
            }
            for hour in range(8)
        ]
    )
    return sqlite_url


def leased(windage, place, *words):
    code, out, err = windage("queue", "lease", "--queue", place, "--json", *words)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_each_person_takes_their_own(windage, place):
    ann, bea = leased(windage, place, "--as", "ann", "--limit", "3"), leased(windage, place, "--as", "bea")
    assert len(ann) == 3
    assert len(bea) == 5
    assert {each["person"] for each in ann} == {"ann"}
    code, out, _ = windage("queue", "lease", "--queue", place, "--as", "cy")
    assert (code, out) == (0, "No waiting requests for cy, or the daily limit is reached.\n")


def test_what_is_given_back_waits_for_others(windage, place):
    (held,) = leased(windage, place, "--as", "ann", "--limit", "1")
    code, out, _ = windage("queue", "lease", "--queue", place, "--as", "ann", "--give-back", held["request_id"])
    assert (code, out) == (0, f"{held['request_id']} returned to the queue\n")
    code, _, error = windage("queue", "lease", "--queue", place, "--as", "ann", "--give-back", held["request_id"])
    assert code != 0
    assert "is not reserved for ann. Only its holder can return it." in " ".join(error.split())


def test_who_is_to_answer_is_not_told_what_the_classifier_said(windage, place):
    _, listed, _ = windage("queue", "list", "--queue", place)
    assert ("very_late" in listed, "0.42" in listed) == (True, True)
    _, out, _ = windage("queue", "lease", "--queue", place, "--as", "ann")
    assert "8 requests reserved for ann" in out
    assert ("very_late" in out, "0.42" in out) == (False, False)


def test_a_day_has_an_end(windage, place):
    assert len(leased(windage, place, "--as", "ann", "--most", "2")) == 2
    code, _, error = windage("queue", "lease", "--queue", place, "--timezone", "Mars/Olympus")
    assert code != 0
    assert "unknown time zone 'Mars/Olympus'" in error


def test_the_table_says_until_when(windage, place):
    code, out, _ = windage("queue", "lease", "--queue", place, "--as", "ann", "--user", "bob")
    assert code == 0
    assert "4 requests reserved for ann until" in out
    assert "ada" not in out
