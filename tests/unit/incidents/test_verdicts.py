"""What the history keeps of a report: its findings, their subjects, and one sentence each."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broken_worlds import world
from builders import monitor
from windage.errors import InvalidInput
from windage.incidents.from_verdicts import incidents_of
from windage.incidents.model import Silence, WindowVerdict
from windage.incidents.verdicts import verdict_of
from windage.verdict.findings import with_findings
from windage.vocabulary import (
    Attribution,
    CheckOutcome,
    DriftAlert,
    DriftReport,
    Finding,
    GroupShare,
    Outcome,
    Window,
)

FAR = datetime(2030, 1, 1, tzinfo=UTC)
AT = {
    "monitor": "m",
    "current_window": Window(start=datetime(2026, 3, 2, tzinfo=UTC), end=datetime(2026, 3, 3, tzinfo=UTC)),
}


def verdict(report, *, start=datetime(2026, 1, 1, tzinfo=UTC)):
    return verdict_of(report, monitor(Path("log"), start=start))


@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        ("feature_ks", ("feature speed",)),
        ("frozen", ("arrival of weight",)),
        ("missingness", ("arrival of weight",)),
        ("reject_rate_increase", ("window reject",)),
        ("reject_rate_decrease", ("window reject",)),
        ("class_shift", ("window class",)),
        ("new_class", ("window class",)),
        ("entropy_spike", ("window entropy",)),
        ("row_volume", ("window row",)),
    ],
)
def test_what_a_finding_is_about(name, subjects):
    (found,) = verdict(with_findings(world(name).model_copy(update=AT))).findings
    assert found.subjects == subjects
    assert found.headline


def test_a_finding_knows_which_of_its_subjects_are_critical():
    about = {"timestamp": AT["current_window"].end, "details": {}}
    alerts = [
        DriftAlert(trigger="frozen", severity="critical", affected_features=["a"], **about),
        DriftAlert(trigger="feature_ks", severity="warning", affected_features=["b"], **about),
    ]
    finding = Finding(members=(0, 1), through="moment", severity="critical", users=(), since=None)
    (found,) = verdict(DriftReport(alerts=alerts, findings=[finding], **AT)).findings
    assert (found.subjects, found.critical) == (("arrival of a", "feature b"), ("arrival of a",))


def test_a_feature_that_moved_and_then_broke_is_one_incident():
    later = Window(start=datetime(2026, 3, 3, tzinfo=UTC), end=datetime(2026, 3, 4, tzinfo=UTC))
    first = verdict(world("feature_ks").model_copy(update=AT))
    second = verdict(world("value_range, critical").model_copy(update={**AT, "current_window": later}))
    (incident,) = incidents_of([first, second])
    assert (incident.windows, incident.severity) == (2, "critical")


@pytest.mark.parametrize("name", ["missingness", "schema_change", "frozen"])
def test_that_no_values_of_a_feature_whose_shift_is_known_arrive_is_told(name):
    later = Window(start=datetime(2026, 3, 3, tzinfo=UTC), end=datetime(2026, 3, 4, tzinfo=UTC))
    gone = world(name)
    (feature,) = gone.alerts[0].affected_features
    moved = world("feature_ks")
    alerts = [each.model_copy(update={"affected_features": (feature,)}) for each in moved.alerts]
    first = verdict(moved.model_copy(update={**AT, "alerts": tuple(alerts)}))
    second = verdict(gone.model_copy(update={**AT, "current_window": later}))
    shift, absence = incidents_of([first, second])
    assert shift.is_about(feature)
    assert absence.is_about(feature)
    assert (shift.windows, absence.windows, absence.latest.triggers) == (1, 1, (name,))


def test_a_quiet_window_has_a_verdict_too():
    found = verdict(world("quiet").model_copy(update=AT))
    assert (found.findings, found.outcome, found.is_judged) == ((), Outcome.ok, True)


def test_a_verdict_that_an_earlier_version_stored_is_read():
    """It also said whether its window was backfilled, which nothing asked."""
    found = verdict(world("quiet").model_copy(update=AT))
    stored = json.dumps({**found.model_dump(mode="json"), "is_backfill": True})
    assert WindowVerdict.model_validate_json(stored) == found


def test_a_report_of_no_monitor_is_nobodys():
    with pytest.raises(InvalidInput, match="has no monitor or window"):
        verdict(DriftReport())


def answered(**answers):
    """A report of checks that judged so many subjects and left so many open."""
    outcomes = {
        name: CheckOutcome(
            outcome=Outcome.unknown if unknown else Outcome.ok,
            unknown={f"x{k}": "too few rows" for k in range(unknown)},
            answered=ok,
        )
        for name, (ok, unknown) in answers.items()
    }
    return DriftReport(alerts=[], any_critical=False, summary="", outcomes=outcomes, **AT)


def test_a_column_that_cannot_be_judged_leaves_the_window_judged():
    """Three windows that nobody could judge are a critical incident, and without judged windows no incident ends."""
    sparse = answered(numeric_feature=(15, 1), missingness=(15, 1), segment=(0, 1))
    assert sparse.outcome is Outcome.unknown
    assert verdict(sparse).is_judged
    tiny = answered(numeric_feature=(0, 16), missingness=(0, 16), row_volume=(1, 0), freshness=(1, 0), schema=(1, 0))
    assert not verdict(tiny).is_judged


def test_the_first_windows_of_a_log_are_no_outage_of_the_monitoring():
    tiny = answered(numeric_feature=(0, 16), row_volume=(1, 0)).model_copy(update={"current_rows": 100})
    window = tiny.current_window

    def is_young(report, days):
        return verdict(report, start=window.start - days * window.width).is_young

    assert [is_young(tiny, days) for days in range(6)] == [True, True, True, True, False, False]
    assert not is_young(tiny.model_copy(update={"current_rows": 0}), 1)
    young = [verdict(tiny, start=window.start)] * 4
    assert incidents_of(young) == []
    hour = tiny.model_copy(update={"current_window": Window(start=window.start, end=window.start + timedelta(hours=1))})
    early = [verdict(hour, start=window.start - timedelta(days=each)).is_young for each in (0, 5, 6, 7)]
    assert early == [True, True, True, False]  # the first Saturday of hours is like no earlier day


def test_a_broken_check_leaves_no_window_judged():
    broken = answered(numeric_feature=(15, 0))
    broken.outcomes["segment"] = CheckOutcome(outcome=Outcome.error, reason="it broke")
    assert not verdict(broken).is_judged


@pytest.mark.parametrize(
    ("scope", "remainder", "named", "users"),
    [
        ("localised", 0.1, ["EV"], ("EV",)),
        ("global", 0.3, ["EV"], ("EV",)),
        ("global", 0.9, ["EV"], ()),
        ("global", 0.3, [], ()),
    ],
)
def test_a_silence_of_a_user_does_not_cover_what_is_everybodys(scope, remainder, named, users):
    group = GroupShare(name="EV", rows=90, contribution=0.1, mix=0.0, behaviour=0.1)
    about = {"severity": "critical", "timestamp": AT["current_window"].end, "affected_features": [], "details": {}}
    theirs = DriftAlert(
        trigger="confidence_drop",
        affected_user_ids=["EV"],
        attribution={"carrier": Attribution(scope="localised", groups=(group,), remainder=0.1)},
        **about,
    )
    split = Attribution(scope=scope, groups=(group,), remainder=remainder)
    other = DriftAlert(trigger="reject_rate_increase", affected_user_ids=named, attribution={"carrier": split}, **about)
    finding = Finding(members=(0, 1), through="moment", severity="critical", users=(), since=None)
    (found,) = verdict(DriftReport(alerts=[theirs, other], findings=[finding], **AT)).findings
    silence = Silence(monitor="m", silence_id="1", user="EV", until=FAR, reason="known", by="ana", at=FAR)
    assert (found.users, silence.covers(found)) == (users, bool(users))
