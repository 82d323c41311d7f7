from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windage.errors import CorruptDocument, InvalidInput, StoreUnavailable
from windage.reports.store import ReportReference, ReportStore
from windage.vocabulary import DriftReport, Outcome, Window

END = datetime(2013, 3, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(params=["path", "url"])
def store(request, tmp_path):
    return ReportStore(tmp_path / "reports" if request.param == "path" else f"memory://{uuid4()}/reports")


def ending(report: DriftReport, end: datetime, **update) -> DriftReport:
    return report.model_copy(update={"current_window": Window(start=end - DAY, end=end), "pictures": {}, **update})


def test_a_report_has_one_place(tmp_path):
    store = ReportStore(tmp_path)
    assert store.directory("flights", END) == f"{tmp_path}/flights/2013-03-09T00-00Z"
    assert store.directory("flights", END.replace(tzinfo=None)) == store.directory("flights", END)
    assert store.directory("f.1", END + timedelta(seconds=30)).endswith("/f.1/2013-03-09T00-00-30Z")
    assert store.directory("f", END + timedelta(microseconds=5)).endswith("/f/2013-03-09T00-00-00.000005Z")
    assert ReportStore("s3://bucket/reports/").directory("f", END) == "s3://bucket/reports/f/2013-03-09T00-00Z"
    assert ReportStore("").directory("f", END) == "./f/2013-03-09T00-00Z"


def test_what_is_written_is_read(store, lean):
    reference = store.write(lean)
    assert store.read("flights", END) == lean
    assert store.latest("flights") == lean
    assert store.list("flights") == (END,)
    assert reference.report_json == f"{store.directory('flights', END)}/drift_report.json"
    assert (reference.outcome, reference.any_critical, reference.n_alerts) == (Outcome.alert, True, 10)
    assert reference.summary == lean.summary
    assert ReportReference.model_validate_json(reference.model_dump_json()) == reference
    assert len(reference.model_dump_json()) < 1500


def test_the_json_comes_before_the_views(tmp_path, lean):
    store = ReportStore(tmp_path)
    reference = store.write_json(lean)
    assert [Path(each).exists() for each in (reference.report_json, reference.report_html)] == [True, False]
    assert store.write_views(lean) == reference
    assert Path(reference.report_html).read_text().startswith("<!doctype html>")
    assert Path(reference.report_markdown).read_text().startswith("# Critical")


def test_a_repeated_run_replaces_its_report(store, sample):
    store.write_json(ending(sample, END))
    store.write_json(ending(sample, END, alerts=[]))
    found = store.read("flights", END)
    assert found is not None
    assert found.alerts == []
    assert store.list("flights") == (END,)


def test_windows_that_end_together_replace_themselves_and_not_each_other(store, sample):
    day = ending(sample, END)
    week = day.model_copy(update={"current_window": Window(start=END - 7 * DAY, end=END)})
    places = [store.write(each).report_json for each in (day, week, day, week)]
    assert places[:2] == places[2:]
    assert len(set(places)) == 2
    assert [store.read_window("flights", each.current_window) for each in (day, week)] == [day, week]
    assert store.read("flights", END) == day
    assert store.list("flights") == (END,)


def test_windows_that_end_together_and_are_written_at_the_same_moment_are_all_kept(tmp_path):
    widths = range(1, 5)
    reports = [
        DriftReport(monitor="m", current_window=Window(start=END - width * DAY, end=END), outcome=Outcome.ok)
        for width in widths
    ]
    for turn in range(5):
        store, together = ReportStore(tmp_path / str(turn)), Barrier(len(widths))

        def write(report: DriftReport, store: ReportStore = store, together: Barrier = together) -> None:
            together.wait()
            store.write_json(report)

        with ThreadPoolExecutor(len(widths)) as pool:
            list(pool.map(write, reports))
        assert [store.read_window("m", each.current_window) for each in reports] == reports


def test_windows_are_listed_by_time_and_not_by_name(store, sample):
    ends = [END, END + timedelta(seconds=30), END + timedelta(seconds=30, microseconds=1), END + DAY]
    for end in reversed(ends):
        store.write_json(ending(sample, end))
    assert store.list("flights") == tuple(ends)
    assert store.latest("flights") == ending(sample, END + DAY)
    store.write_json(ending(sample, END + 2 * DAY))
    assert store.list("flights")[-1] == END + 2 * DAY


def test_a_folder_without_its_json_is_passed_over(tmp_path, sample):
    store = ReportStore(tmp_path)
    store.write_json(ending(sample, END))
    Path(store.directory("flights", END + DAY)).mkdir()
    for other in ("notes", "2013-99-99T00-00Z"):
        (tmp_path / "flights" / other).mkdir()
    assert store.list("flights") == (END, END + DAY)
    assert store.latest("flights") == ending(sample, END)


def test_nothing_there_is_none(store):
    assert store.read("flights", END) is None
    assert store.latest("flights") is None
    assert store.list("flights") == ()


def test_a_broken_report_is_left_untouched_and_named(tmp_path, sample):
    store = ReportStore(tmp_path)
    path = Path(store.write_json(ending(sample, END)).report_json)
    path.write_bytes(b"{")
    with pytest.raises(CorruptDocument, match="drift_report"):
        store.read("flights", END)
    assert path.read_bytes() == b"{"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc", "a\x00", "a\n", ".hidden", "s3://x", "a::b", "-x"]
)
def test_a_name_that_could_leave_the_location_is_refused(tmp_path, sample, name):
    with pytest.raises(InvalidInput, match="is not a valid name for a monitor's folder"):
        ReportStore(tmp_path).write_json(ending(sample, END, monitor=name))
    assert list(tmp_path.iterdir()) == []


@given(st.text() | st.from_regex(r"[./\\\w]+", fullmatch=True))
def test_no_name_leads_out_of_the_location(name):
    try:
        place = ReportStore("/reports").directory(name, END)
    except InvalidInput:
        return
    assert Path(place).resolve().parent.parent == Path("/reports")


@pytest.mark.parametrize("missing", ["monitor", "current_window"])
def test_a_report_of_no_monitor_or_window_has_no_place(tmp_path, sample, missing):
    with pytest.raises(InvalidInput, match="which the store needs"):
        ReportStore(tmp_path).write(sample.model_copy(update={missing: None}))


def test_a_store_that_refuses_says_so(tmp_path, sample):
    (tmp_path / "reports").write_text("a file where the folder should be")
    store = ReportStore(tmp_path / "reports")
    with pytest.raises(StoreUnavailable, match="could not be read"):
        store.write_json(sample)
    assert store.list("flights") == ()


@pytest.mark.usefixtures("silent_store")
def test_an_object_store_that_does_not_answer_is_said_in_one_sentence():
    with pytest.raises(StoreUnavailable, match=r"s3://nowhere/reports/flights could not be listed: .*127\.0\.0\.1:9"):
        ReportStore("s3://nowhere/reports").latest("flights")


def test_a_reference_stays_small(tmp_path, wide):
    reference = ReportStore(tmp_path).reference(wide.model_copy(update={"summary": "x" * 10_000}))
    assert len(reference.summary) == 500
