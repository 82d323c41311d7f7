"""What the index of reports promises on SQLite and PostgreSQL alike."""

from datetime import UTC, datetime, timedelta

import pytest

from windage.errors import InvalidInput
from windage.reports.index import ReportIndex, record_report
from windage.store.database import Database
from windage.vocabulary import CheckOutcome, DriftAlert, DriftReport, DriftTrigger, Outcome, Window

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def report(day: int = 0, *, monitor="flights", days: int = 7, **more):
    start = MONDAY + timedelta(days=day)
    return DriftReport(monitor=monitor, current_window=Window(start=start, end=start + timedelta(days=days)), **more)


def alert():
    return DriftAlert(trigger=DriftTrigger.feature_psi, severity="critical", timestamp=MONDAY)


def index(database, report, *, location="x"):
    with database.writing() as connection:
        record_report(connection, report, location=location)


def test_a_report_is_found_again(url):
    database = Database(url)
    one = report(alerts=[alert()], any_critical=True, summary="dep_delay moved", policy="calibrated")
    index(database, one, location="s3://reports/flights")
    (entry,) = ReportIndex(Database(url)).latest("flights", limit=5)
    assert entry.window == one.current_window
    assert entry.window.start.utcoffset() == entry.written_at.utcoffset() == timedelta(0)
    assert (entry.outcome, entry.any_critical, entry.n_alerts) == (Outcome.alert, True, 1)
    assert (entry.summary, entry.policy, entry.location) == ("dep_delay moved", "calibrated", "s3://reports/flights")


def test_a_repeated_report_takes_the_place_of_the_first(url):
    database = Database(url)
    index(database, report(alerts=[alert()], summary="first"), location="a")
    index(database, report(outcomes={"psi": CheckOutcome(outcome="unknown")}, summary="second"), location="b")
    (entry,) = ReportIndex(database).latest("flights", limit=5)
    assert (entry.outcome, entry.n_alerts, entry.summary, entry.location) == (Outcome.unknown, 0, "second", "b")


def test_reports_come_newest_first(url):
    database = Database(url)
    for day, monitor in [(1, "flights"), (3, "flights"), (2, "flights"), (4, "taxis")]:
        index(database, report(day, monitor=monitor))
    assert [(one.window.start - MONDAY).days for one in ReportIndex(database).latest("flights", limit=2)] == [3, 2]
    assert len(ReportIndex(database).latest("flights", limit=None)) == 3
    assert ReportIndex(database).latest("nothing", limit=2) == []


def test_of_windows_that_end_together_the_shortest_comes_first(url):
    database = Database(url)
    for day, days in [(0, 7), (6, 1), (5, 2), (6, 2)]:
        index(database, report(day, days=days))
    index(database, report(6, days=1, monitor="taxis"))
    found = ReportIndex(database).ending_at("flights", MONDAY + timedelta(days=7))
    assert [entry.window.width.days for entry in found] == [1, 2, 7]
    assert ReportIndex(database).ending_at("flights", MONDAY) == []


def test_a_report_of_no_monitor_or_window_is_not_indexed(url):
    for lacking in (DriftReport(monitor="m"), report(monitor=None)):
        with pytest.raises(InvalidInput, match="a monitor and a window to be indexed"):
            index(Database(url), lacking)
