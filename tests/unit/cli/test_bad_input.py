import pytest


@pytest.fixture
def one_line(windage):
    """Runs a command that must fail with one sentence; the sentence."""

    def failed(*words):
        code, out, err = windage(*words)
        assert (code, out) == (2, "")
        assert err.startswith("windage: ")
        assert err.count("\n") == 1
        return err

    return failed


def test_a_missing_file_is_said_with_its_neighbour(one_line, pair):
    assert one_line("check", "raf.parquet", pair[1]) == (
        "windage: no such file or folder: raf.parquet. Did you mean 'ref.parquet'?\n"
    )
    one_line("profile", "nowhere/at/all.parquet")


def test_an_argument_that_is_none_is_said_with_the_command_that_does_not_take_it(one_line, pair):
    assert one_line("check", *pair, "--jsn") == (
        "windage: windage check does not take '--jsn'. Did you mean '--json'? Run windage check --help.\n"
    )
    assert "windage check does not take 'more.parquet'. Put a pattern in quotes." in one_line(
        "check", *pair, "more.parquet"
    )
    assert "windage queue list does not take '--usr'. Did you mean '--user'?" in one_line(
        "queue", "list", "--queue", "q.json", "--usr", "a"
    )
    assert "windage queue lease does not take '--ass'. Did you mean '--as'?" in one_line(
        "queue", "lease", "--queue", "q.json", "--ass", "a"
    )


def test_an_unknown_command_is_said_with_the_one_that_was_meant(windage):
    code, out, err = windage("rn", "monitor.yaml")
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith(
        "windage: error: unknown command 'rn'. Did you mean 'run'? Available commands: check,"
    )


def test_a_report_is_no_document_of_another_kind(windage, pair, tmp_path):
    code, out, err = windage("check", *pair, "--report", "out.pdf")
    assert code == 2
    assert "NO DRIFT" in out
    assert "--report out.pdf: a report is written as .json, .html, .md, or as all three to a folder; got .pdf." in err
    assert not (tmp_path / "out.pdf").exists()


def test_what_is_no_parquet_is_named(one_line, pair, tmp_path):
    (tmp_path / "empty.parquet").touch()
    (tmp_path / "text.parquet").write_text("hello, this is no Parquet file")
    for name in ("empty.parquet", "text.parquet"):
        assert f"the current window could not be read from {name}" in one_line("check", pair[0], name)
        assert f"could not be read from {name}" in one_line("profile", name)


@pytest.mark.parametrize("place", ["folder", "folder/*", "*.parq"])
def test_a_place_without_parquet_is_not_an_empty_window(one_line, pair, tmp_path, place):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").touch()
    assert f"{place} contains no Parquet files" in one_line("check", pair[0], place)


def test_windows_without_a_common_column_are_not_compared(one_line, write):
    pair = write("ref.parquet", a=[1.0], b=[2.0]), write("cur.parquet", c=[1.0])
    assert "REF and CUR share no column to compare: REF has a, b; CUR has c." in one_line("check", *pair)


def test_a_log_that_no_check_can_ask_about_is_said(one_line, write):
    place = write("ref.parquet", user_id=["ann"], note=["hello"])
    assert "REF has no columns to compare" in one_line("check", place, place)


@pytest.mark.parametrize("option", ["--label", "--user", "--confidence", "--probabilities", "--features"])
def test_a_named_column_must_be_in_the_data(one_line, pair, option):
    assert "neither REF nor CUR has a column 'sped'" in one_line("check", *pair, option, "sped")


def test_a_column_is_a_feature_or_something_else(one_line, pair):
    assert "weight is given both as a feature and as another column" in one_line(
        "check", *pair, "--features", "speed,weight", "--label", "weight"
    )
    assert "windage: --features lists 'speed' twice." in one_line("check", *pair, "--features", "speed,speed")
    assert "--probabilities lists 'p_no' twice. List each column once." in one_line(
        "check", *pair, "--probabilities", "p_no,p_no"
    )


@pytest.mark.parametrize(
    ("option", "value"), [("--psi-threshold", "-1"), ("--ks-alpha", "nan"), ("--ks-alpha", "2"), ("--min-rows", "0")]
)
def test_a_limit_out_of_range_is_named(one_line, pair, option, value):
    assert f"windage: {option} must be" in one_line("check", *pair, option, value)


@pytest.mark.parametrize(
    "words",
    [
        ["--resolution", "1"],
        ["--resolution", "9" * 26],
        ["--resolution", "much"],
        ["--features", ","],
        ["--min-rows", "x"],
    ],
)
def test_what_cannot_be_parsed_is_a_usage_error(windage, pair, words):
    code, _, err = windage("check", *pair, *words)
    assert code == 2
    assert f"argument {words[0]}" in err


def test_an_unknown_protocol_and_a_silent_host_are_told(one_line, pair):
    assert "Protocol not known" in one_line("check", pair[0], "nosuch://bucket/log.parquet")
    told = one_line("check", pair[0], "ftp://ann:secret@127.0.0.1:1/log.parquet")
    assert "could not be listed" in told
    assert "secret" not in told


def test_an_empty_window_is_unknown(windage, log):
    code, out, _ = windage("check", log("ref.parquet"), log("cur.parquet", rows=0))
    assert code == 2
    assert out.startswith("UNKNOWN")
