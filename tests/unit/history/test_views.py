"""Overview, map and lines: what needs a person comes first, and what is not known is never shown as well."""

from datetime import timedelta

import pytest

from histories import FIRST, record, spec, window
from windage.history.cells import pack, table
from windage.history.gaps import gaps
from windage.history.heat import heat_map
from windage.history.overview import overview
from windage.history.record import Cell
from windage.history.timeline import classes, line, timeline
from windage.incidents.model import WindowFinding, WindowVerdict
from windage.incidents.store import IncidentStore
from windage.store.database import Database
from windage.vocabulary import CheckResult, Measurement, Outcome, Window

YEAR = Window(start=FIRST - timedelta(days=1), end=FIRST + timedelta(days=365))


def burning(url, monitor, severity="critical"):
    seen = WindowFinding(
        subjects=("feature x",), triggers=("feature_ks",), severity=severity, headline="x moved", features=("x",)
    )
    verdict = WindowVerdict(monitor=monitor, window=window(0), outcome=Outcome.alert, findings=(seen,))
    IncidentStore(Database(url)).record(verdict)


def test_the_overview_has_fire_first_then_what_nobody_knows(history, url):
    for name, state in (("calm", "ok"), ("dark", "unknown"), ("burning", "critical"), ("quiet", "ok")):
        history.keep(record(0, monitor=name, state=state), [], spec(name))
    burning(url, "burning")
    found = overview(Database(url), {"calm", "dark", "burning"}, next_runs={"calm": FIRST}, paused={"dark"})
    assert [each.monitor for each in found] == ["burning", "dark", "calm"]
    assert [each.state for each in found] == ["critical", "unknown", "ok"]
    assert (found[0].open_incidents, found[0].worst) == (1, "critical")
    assert [each.paused for each in found] == [False, True, False]
    assert (found[2].next_run, found[2].rows, found[2].latest) == (FIRST, 100, window(0))


def test_an_overview_of_nothing_is_empty(url):
    assert overview(Database(url), set()) == []
    assert overview(Database(url)) == []


def maps(*days, **about):
    records = [record(k, cells=cells) for k, cells in enumerate(days)]
    return heat_map(records, table(pack(each.cells) for each in records), **about)


def test_the_map_has_the_worst_first_and_gaps_where_nothing_was_asked():
    found = maps(
        {"a": Cell(0.9, "ok"), "b": Cell(0.1, "warning"), "c": Cell(None, "unknown")},
        {"a": Cell(0.2, "ok"), "b": Cell(None, "ok"), "d": Cell(0.3, "critical")},
    )
    assert [row.name for row in found.features] == ["d", "b", "c", "a"]
    assert found.features[0].states == (None, "critical")
    assert found.features[2].states == ("unknown", None)
    assert found.features[1].effects == (pytest.approx(0.1), None)
    assert [row.alerts for row in found.features] == [1, 1, 0, 0]


def test_the_map_is_searched_and_turned_page_by_page():
    cells = {f"feature_{k:02}": Cell(0.0, "ok") for k in range(30)}
    found = maps(cells, order="name", find="URE_1", skip=4, most=3)
    assert [row.name for row in found.features] == ["feature_14", "feature_15", "feature_16"]
    assert found.n_found == 10
    assert maps(cells, find="nothing").features == ()


def test_a_map_of_no_windows_is_empty():
    assert heat_map([], table([])).features == ()


def test_a_line_has_gaps_where_a_window_has_no_number():
    found = line([record(0), record(1, lines={})], "estimated_accuracy")
    assert [point[2:5] for point in found.points] == [(0.8, 0.7, 0.9), (None, None, None)]
    assert found.is_of_shares
    assert not line([record(0)], "rows").is_of_shares


def test_no_line_runs_across_windows_that_were_never_judged(history):
    """Windows that begin more than one and a half of their usual step apart have others missing between them."""
    result = CheckResult(check="numeric_feature", measurements=(Measurement(subject="x", values={"effect": 0.2}),))
    records = [record(day) for day in (0, 1, 2, 9, 10)]
    for each in records:
        history.keep(each, [result], spec())
    measured = timeline(history, spec(), check="numeric_feature", subject="x", period=YEAR)
    for found in (line(records, "rows"), classes(records)[0], measured):
        assert [point.value is None for point in found.points] == [False, False, False, True, False, False]
        assert found.points[3][:2] == (window(2).end, None)
    assert all(point.end for point in line([record(0), record(7), record(14)], "rows").points)


def test_windows_that_overlap_have_gaps_by_where_they_begin():
    weeks = [Window(start=window(day).start, end=window(day + 6).end) for day in (0, 1, 2, 6)]
    assert gaps(weeks) == {3: Window(start=window(3).start, end=window(6).start)}
    assert gaps(weeks[:1]) == gaps([]) == {}


def test_classes_are_shares_the_largest_first_and_a_class_that_is_gone_is_none_of_it():
    found = classes([record(0), record(1, classes={"a": 1.0}), record(2, classes={})])
    assert [each.subject for each in found] == ["a", "b"]
    assert all(each.is_of_shares for each in found)
    assert [point.value for point in found[1].points] == [0.75, 0.0, None]


def test_a_timeline_has_the_band_of_ordinary_days_its_gates_and_where_its_own_check_alerted(history, url):
    values = {"move": -0.2, "effect": 0.2, "deviation": 0.05, "freedom": 1e9, "psi": 0.1}
    result = CheckResult(check="numeric_feature", measurements=(Measurement(subject="x", values=values),))
    history.keep(record(0, state="critical", alerted={"x": {"numeric_feature": "critical"}}), [result], spec())
    history.keep(record(1, state="critical", alerted={"x": {"missingness": "critical"}}), [result], spec())
    burning(url, "m")
    found = timeline(
        history, spec(), check="numeric_feature", subject="x", period=YEAR,
        incidents=IncidentStore(Database(url)).incidents("m"),
    )  # fmt: skip
    assert found.statistic == "effect"
    assert [point.value for point in found.points] == [0.2, 0.2]
    assert found.points[0].band == pytest.approx(0.05 * 1.959964, rel=1e-5)  # the normal quantile of 97.5 %
    assert {(limit.severity, limit.at) for limit in found.limits} == {("warning", 0.06), ("critical", 0.30)}
    moved = timeline(history, spec(), check="numeric_feature", subject="x", period=YEAR, statistic="move")
    assert [point.value for point in moved.points] == [-0.2, -0.2]
    assert {(limit.severity, limit.at) for limit in moved.limits} == {
        ("critical", 0.30), ("critical", -0.30), ("warning", 0.06), ("warning", -0.06),
    }  # fmt: skip
    assert found.alerts == ((window(0).end, "critical"),)
    assert [(each.start, each.end) for each in found.incidents] == [(window(0).start, window(0).end)]
    assert found.statistics == tuple(sorted(values))
    psi = timeline(history, spec(), check="numeric_feature", subject="x", period=YEAR, statistic="psi")
    assert (psi.points[0].band, psi.limits) == (None, ())
    assert [each.is_of_shares for each in (found, moved, psi)] == [True, True, False]


@pytest.mark.parametrize(
    ("check", "values", "drawn"),
    [
        ("correlation", {"p_value": 1.0, "correlation_move": 0.1}, "correlation_move"),
        ("missingness", {"p_value": 1.0, "ref_share": 0.1, "cur_share": 0.1}, "cur_share"),
        ("value_range", {"share_outside": 0.1, "frozen": 0.0, "excess": 0.1}, "excess"),
    ],
)
def test_what_is_judged_is_drawn_unless_another_statistic_is_asked_for(history, check, values, drawn):
    result = CheckResult(check=check, measurements=(Measurement(subject="x", values=values),))
    history.keep(record(0), [result], spec())
    assert timeline(history, spec(), check=check, subject="x", period=YEAR).statistic == drawn


def test_what_was_never_measured_has_no_timeline(history):
    history.keep(record(0), [], spec())
    assert timeline(history, spec(), check="numeric_feature", subject="x", period=YEAR) is None
