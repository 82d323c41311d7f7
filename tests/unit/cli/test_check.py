import io
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from windage.vocabulary import DriftReport


def test_two_windows_alike_are_quiet(windage, pair):
    code, out, err = windage("check", *pair)
    assert (code, err) == (0, "")
    assert out.startswith("NO DRIFT  Nothing moved beyond its limit.")
    assert "2 numeric features; label predicted_label" in out
    assert "(guessed from" in out


def test_a_moved_feature_comes_first_and_is_critical(windage, log):
    code, out, _ = windage("check", log("ref.parquet"), log("cur.parquet", moved=2, seed=8))
    lines = out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("───")) + 1
    assert code == 1
    assert lines[0] == "CRITICAL  speed moved."
    assert lines[first].startswith("▲  speed")
    assert lines[first + 1].startswith("✓  weight")


def test_a_rising_reject_rate_is_critical(windage, log):
    code, out, _ = windage("check", log("ref.parquet"), log("cur.parquet", rejected=0.3, seed=8))
    assert code == 1
    assert "▲  reject_rate  The reject rate rose from" in out


def test_a_warning_alone_is_quiet(windage, log):
    code, out, _ = windage("check", log("ref.parquet"), log("cur.parquet", moved=0.3, seed=8))
    assert code == 0
    assert out.startswith("WARNING  speed moved.")


def test_limits_are_the_callers(windage, log):
    pair = log("ref.parquet"), log("cur.parquet", moved=2, seed=8)
    assert windage("check", *pair)[0] == 1
    assert windage("check", *pair, "--psi-threshold", "50")[0] == 0


def test_too_few_rows_are_unknown_and_never_quiet(windage, log):
    code, out, _ = windage("check", log("ref.parquet"), log("cur.parquet", rows=20))
    assert code == 2
    assert out.startswith("UNKNOWN")
    assert "not judged" in out
    assert "too few rows with a value" in " ".join(out.split())


def test_a_column_that_vanished_is_not_passed_over(windage, write):
    pair = write("ref.parquet", a=range(100), b=range(100)), write("cur.parquet", a=range(100), c=range(100))
    code, out, _ = windage("check", *pair)
    assert code == 2
    assert "has no column 'b'" in " ".join(out.split())
    assert "c (only in the current window, not compared)" in out


def test_critical_outweighs_what_could_not_be_judged(windage, write):
    pair = write("ref.parquet", a=range(100), b=range(100)), write("cur.parquet", a=range(900, 1000))
    assert windage("check", *pair)[0] == 1


def test_columns_can_be_named_and_refused(windage, pair):
    code, out, _ = windage("check", *pair, "--label", "-", "--probabilities", "-", "--features", "speed")
    assert code == 0
    assert "1 numeric feature; no label; no probabilities; confidence confidence (guessed)" in " ".join(out.split())
    assert "weight" not in out
    assert "reject_rate" not in out


def test_what_is_not_numeric_is_said_to_be_left_out(windage, write):
    pair = [write(name, kind=["x", "y"] * 50, size=range(100)) for name in ("ref.parquet", "cur.parquet")]
    code, out, _ = windage("check", *pair)
    assert (code, "left out   kind (not numeric, not compared)" in out) == (0, True)
    assert "left out" not in windage("check", *pair, "--features", "size")[1]
    code, out, err = windage("check", *pair, "--features", "size,kind")
    assert (code, out) == (2, "")
    assert err.startswith("windage: --features has columns that are not numeric: kind (string). Leave them out,")


def test_a_named_label_is_no_feature(windage, write):
    pair = [write(name, kind=["x", "y"] * 50, size=range(100)) for name in ("ref.parquet", "cur.parquet")]
    code, out, _ = windage("check", *pair, "--label", "kind", "--reject-label", "y")
    assert code == 0
    assert "label kind" in out
    assert "reject_rate  50.0" in out


def test_json_is_the_report_and_nothing_else(windage, log):
    code, out, err = windage("check", log("ref.parquet"), log("cur.parquet", moved=2, seed=8), "--json")
    report = DriftReport.model_validate_json(out)
    assert (code, err) == (1, "")
    assert report.any_critical
    assert report.feature_report.flagged_features == ["speed"]


@pytest.mark.parametrize("resolution", ["64", "exact"])
def test_resolution_is_how_exact_the_numbers_are(windage, pair, resolution):
    _, out, _ = windage(
        "check", *pair, "--resolution", resolution, "--ks-alpha", "1e-9", "--psi-threshold", "9", "--json"
    )
    bounds = [each.bounds for each in DriftReport.model_validate_json(out).feature_report.results]
    assert all(bounds) if resolution == "64" else not any(bounds)


def test_only_windows_of_more_than_a_million_rows_are_not_exact_unless_asked(windage, tmp_path, monkeypatch):
    """Both numbers say the same of what moved."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    for name, rows, by in (("before", 1 << 20, 0.0), ("now", (1 << 20) + 1, 1.0)):
        pq.write_table(pa.table({"x": rng.normal(by, 1, rows)}), f"{name}.parquet")
    kept, exact, small = (
        DriftReport.model_validate_json(windage("check", *given, "--json")[1]).feature_report.results[0]
        for given in (
            ("before.parquet", "now.parquet"),
            ("before.parquet", "now.parquet", "--resolution", "exact"),
            ("before.parquet", "before.parquet"),
        )
    )
    assert not exact.bounds
    assert not small.bounds
    low, high = kept.bounds["ks_statistic"]
    assert low <= exact.ks_statistic <= high < low + 0.001
    assert kept.ks_statistic == pytest.approx(exact.ks_statistic, abs=3e-4)


def test_a_limit_inside_the_certified_interval_is_settled_by_reading_the_column_again(windage, pair):
    coarse, exact = (
        DriftReport.model_validate_json(windage("check", *pair, "--resolution", each, "--json")[1])
        for each in ("16", "exact")
    )
    assert coarse.feature_report.results == exact.feature_report.results
    assert not coarse.alerts


def test_a_folder_gets_every_view_of_the_report(windage, pair, tmp_path):
    code, out, _ = windage("check", *pair, "--report", "out", "--report", "page.html")
    assert code == 0
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        "drift_report.json",
        "drift_report.html",
        "drift_report.md",
    }
    assert (tmp_path / "page.html").read_text().startswith("<!")
    assert "report  out/drift_report.json" in out
    assert DriftReport.model_validate_json((tmp_path / "out" / "drift_report.json").read_text()).current_rows == 400


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_verdict_that_cannot_be_written_is_told_all_the_same(windage, log, tmp_path, form):
    (tmp_path / "page.html").mkdir()
    pair = log("ref.parquet"), log("cur.parquet", moved=2, seed=8)
    code, out, err = windage("check", *pair, "--report", "page.html", *form)
    assert code == 2
    assert out.startswith("{" if form else "CRITICAL")
    assert err.startswith("windage: page.html could not be written")


def test_folders_globs_and_urls_are_one_window(windage, log):
    reference = log("ref.parquet")
    for day in ("1", "2"):
        log(f"days/day={day}/part.parquet", seed=int(day))
    log("days/_temporary/part.parquet")
    for place in ("days", "days/*", "days/*/part.parquet", "days/day=[12]", "days/day=?", "**/part.parquet"):
        code, out, _ = windage("check", reference, place, "--json")
        assert (code, DriftReport.model_validate_json(out).current_rows) == (0, 800), place


def test_a_url_is_read_through_fsspec(windage, pair, tmp_path):
    import fsspec

    for name in ("cur.parquet", "deep/cur.parquet", "_temporary/cur.parquet"):
        fsspec.filesystem("memory").pipe_file(f"/logs/{name}", (tmp_path / pair[1]).read_bytes())
    for place, n in (("/cur.parquet", 1), ("", 2), ("/*.parquet", 1), ("/*", 2), ("/**", 2), ("/_temporary", 1)):
        code, out, _ = windage("check", pair[0], f"memory://logs{place}", "--json")
        assert (code, DriftReport.model_validate_json(out).current_rows) == (0, 400 * n), place
    code, _, err = windage("check", pair[0], "memory://nowhere")
    assert code == 2
    assert "contains no Parquet files" in err


def test_whoever_watches_sees_a_bar_on_stderr(windage, pair, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    code, out, _ = windage("check", *pair, "--json")
    assert code == 0
    assert "reading columns" in terminal.getvalue()
    DriftReport.model_validate_json(out)
