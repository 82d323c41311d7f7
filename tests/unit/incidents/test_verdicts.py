"""What the history keeps of a report: its findings, their subjects, and one sentence each."""

from datetime import UTC, datetime

import pytest

from broken_worlds import world
from windage.errors import InvalidInput
from windage.findings import with_findings
from windage.incidents.history import history
from windage.incidents.verdicts import verdict_of
from windage.vocabulary import DriftReport, Outcome, Window

AT = {
    "monitor": "m",
    "current_window": Window(start=datetime(2026, 3, 2, tzinfo=UTC), end=datetime(2026, 3, 3, tzinfo=UTC)),
}


@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        ("feature_ks", ("feature speed",)),
        ("frozen", ("feature weight",)),
        ("reject_rate_increase", ("window reject",)),
        ("reject_rate_decrease", ("window reject",)),
        ("class_shift", ("window class",)),
        ("new_class", ("window class",)),
        ("entropy_spike", ("window entropy",)),
        ("row_volume", ("window row",)),
    ],
)
def test_what_a_finding_is_about(name, subjects):
    (found,) = verdict_of(with_findings(world(name).model_copy(update=AT))).findings
    assert found.subjects == subjects
    assert found.headline


def test_a_feature_that_moved_and_then_broke_is_one_incident():
    later = Window(start=datetime(2026, 3, 3, tzinfo=UTC), end=datetime(2026, 3, 4, tzinfo=UTC))
    first = verdict_of(world("feature_ks").model_copy(update=AT))
    second = verdict_of(world("value_range, critical").model_copy(update={**AT, "current_window": later}))
    (incident,) = history([first, second])
    assert (incident.windows, incident.severity) == (2, "critical")


def test_a_quiet_window_has_a_verdict_too():
    found = verdict_of(world("quiet").model_copy(update=AT), is_backfill=True)
    assert (found.findings, found.outcome, found.is_backfill, found.is_judged) == ((), Outcome.ok, True, True)


def test_a_report_of_no_monitor_is_nobodys():
    with pytest.raises(InvalidInput, match="names no monitor or window"):
        verdict_of(DriftReport())
