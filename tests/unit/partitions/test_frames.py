"""A frame gives the same profile and the same rows as the partition it was written to."""

import numpy as np
import pandas as pd
import pytest

from builders import Predictions
from windage.errors import DataError, InvalidInput, MissingColumn
from windage.partitions.frames import FrameRows, as_matrix, feature_columns, numbers, profile_frame
from windage.partitions.parquet import ParquetColumns
from windage.partitions.profile import live_window
from windage.partitions.rows import ParquetRows
from windage.spec.log import Log


def test_a_frame_and_its_parquet_file_are_the_same_window(tmp_path):
    given = Predictions(300)
    given.labels[::7] = None
    frame = given.frame.assign(label=given.labels, user=given.users)
    frame.loc[::5, "age"] = np.nan
    frame[["p", "q", "r"]] = given.probabilities
    frame.to_parquet(tmp_path / "x.parquet")
    log = Log(location="x", numeric=("age", "amount"), label="label", probabilities=("p", "q", "r"), user="user")
    columns = ParquetColumns([str(tmp_path / "x.parquet")], where="w")
    theirs = live_window(columns, log, resolution=16)
    ours = profile_frame(
        frame, numeric=log.numeric, labels=frame["label"], probabilities=given.probabilities, resolution=16
    )
    for name in log.numeric:
        np.testing.assert_array_equal(ours.numeric[name].points, theirs.numeric[name].points)
        np.testing.assert_array_equal(ours.numeric[name].weights, theirs.numeric[name].weights)
        assert ours.numeric[name].missing_share == theirs.numeric[name].missing_share
    assert ours.labels == theirs.labels
    np.testing.assert_array_equal(ours.scores.entropy.points, theirs.scores.entropy.points)
    frame_rows, file_rows = FrameRows(frame, frame["label"], given.probabilities), ParquetRows(columns, log)
    assert frame_rows.labels().tolist() == file_rows.labels().tolist()
    np.testing.assert_array_equal(frame_rows.numbers("age"), file_rows.numbers("age"))
    np.testing.assert_array_equal(frame_rows.probabilities(), file_rows.probabilities())
    assert file_rows.users().tolist() == given.users.tolist()


def test_nothing_is_profiled_before_it_is_asked_for():
    profile = profile_frame(pd.DataFrame({"x": ["text"]}), numeric=["x", "gone"])
    assert list(profile.numeric) == ["x", "gone"]
    with pytest.raises(DataError, match="not numeric"):
        profile.numeric["x"]
    with pytest.raises(MissingColumn, match="the frame has no column 'gone'"):
        profile.numeric["gone"]


def test_numbers_are_a_copy():
    frame = pd.DataFrame({"x": [3.0, 1.0]})
    numbers(frame, "x", where="w").sort()
    assert frame["x"].tolist() == [3.0, 1.0]


def test_names_that_are_no_text_go_by_their_text():
    frame = pd.DataFrame([[1.0, 2.0]], columns=[0, ("a", "b")])
    assert feature_columns(frame) == ["0", "('a', 'b')"]
    assert [numbers(frame, name, where="w").tolist() for name in feature_columns(frame)] == [[1.0], [2.0]]
    with pytest.raises(DataError, match="2 columns named '0'"):
        numbers(pd.DataFrame([[1.0, 2.0]], columns=[0, 0]), "0", where="w")


def test_labels_that_cannot_be_counted_are_a_fault_and_not_the_end():
    profile = profile_frame(pd.DataFrame({"x": [1.0, 2.0]}), numeric=["x"], labels=[[1], [2]])
    assert profile.labels is None
    assert "labels cannot be counted" in profile.faults["labels"]


@pytest.mark.parametrize("probabilities", [[[0.5, 0.5]], [[0.5, 0.5]] * 3])
def test_lengths_that_disagree(probabilities):
    with pytest.raises(InvalidInput, match=f"2 rows but {len(probabilities)} probabilities"):
        profile_frame(pd.DataFrame({"x": [1.0, 2.0]}), numeric=[], probabilities=probabilities)


def test_a_matrix_of_any_kind():
    for given in ([[0, 1]], np.array([[0, 1]], np.float32), pd.DataFrame([[0, 1]]), ((0, 1),)):
        assert as_matrix(given, where="w").tolist() == [[0.0, 1.0]]
        assert as_matrix(given, where="w").dtype == np.float64


def test_nulls_of_any_kind_have_no_probability():
    for null in (None, pd.NA, np.nan):
        for given in ([[0, null]], pd.DataFrame([[0, null]])):
            np.testing.assert_array_equal(as_matrix(given, where="w"), [[0, np.nan]])


def test_different_numbers_are_not_profiled_as_one():
    frame = pd.DataFrame({"id": [2**62, 2**62 + 1], "same": [2**62] * 2, "float": [1e20, np.inf]})
    window = profile_frame(frame, numeric=list(frame))
    with pytest.raises(
        DataError, match=r"the frame's column 'id' holds different numbers that are all 4.6116860184273879e\+18 as"
    ):
        window.numeric["id"]
    assert (window.numeric["same"].finite, window.numeric["float"].finite) == (2, 1)


def test_a_number_beyond_doubles_is_a_fault_of_its_column():
    with pytest.raises(DataError, match=r"column 'x' has a number too large for a double\. Leave"):
        numbers(pd.DataFrame({"x": [10**400, 1]}, dtype=object), "x", where="w")
