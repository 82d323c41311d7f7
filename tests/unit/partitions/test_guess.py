"""What columns mean, guessed from names and types."""

import pyarrow as pa

from windage.partitions.guess import guessed_log

TEXT, NUMBER, TIME = pa.string(), pa.float64(), pa.timestamp("us", "UTC")


def guessed(**columns):
    return guessed_log(pa.schema(list(columns.items())))


def test_a_whole_log():
    log = guessed(
        user_id=TEXT, bucket_start_ts=TIME, bucket_end_ts=TIME, age=pa.int8(), origin=pa.dictionary(pa.int32(), TEXT),
        active=pa.bool_(), predicted_label=TEXT, confidence=NUMBER, p_a=NUMBER, p_b=NUMBER, true_label=TEXT,
        session_id=NUMBER, created_at=NUMBER, schema_version=NUMBER, tags=pa.list_(TEXT),
    )  # fmt: skip
    assert log.numeric == ("age", "active")
    assert log.categorical == ("origin",)
    assert (log.label, log.user, log.confidence) == ("predicted_label", "user_id", "confidence")
    assert (log.bucket_start, log.bucket_end) == ("bucket_start_ts", "bucket_end_ts")
    assert log.probabilities == ("p_a", "p_b")


def test_one_probability_is_none_and_no_feature():
    log = guessed(p_a=NUMBER, x=NUMBER)
    assert (log.probabilities, log.numeric) == ((), ("x",))


def test_nothing_known():
    log = guessed()
    assert (log.numeric, log.label, log.user) == ((), None, None)
