"""From results to one report: a broken check is an error, a broken read is raised, and silence is never health."""

from datetime import UTC, datetime
from typing import ClassVar

import numpy as np
import pytest

from builders import Predictions
from windage.checks.check import Conclusion, NotAsked, alert
from windage.checks.class_shift import ClassShift
from windage.checks.numeric_feature import NumericFeature
from windage.checks.reject_rate import RejectRate
from windage.errors import DataError, ReadFailed, StoreUnavailable
from windage.policy import ReferencePolicy
from windage.profiles.numeric import NumericProfile
from windage.profiles.window import OnDemand, WindowProfile
from windage.verdict.attribution import attribute
from windage.verdict.consolidation import consolidate
from windage.verdict.measuring import measure
from windage.verdict.pictures import MOST_PICTURES, illustrate
from windage.vocabulary import CheckResult, DriftAlert, DriftReport, Measurement, Outcome

AT = datetime(2026, 3, 1, tzinfo=UTC)
POLICY = ReferencePolicy()
CALM, MOVED = Predictions(seed=1), Predictions(seed=2, moved=True)


class Broken(ClassShift):
    """A check whose measuring raises."""

    name: ClassVar[str] = "broken"
    what: ClassVar[Exception] = ZeroDivisionError("by nought")

    def measure(self, reference, current):
        raise self.what


def broken(error):
    return type("Raises", (Broken,), {"what": error})()


def report_of(*checks, windows=(CALM.profile, MOVED.profile)):
    return consolidate([measure(each, *windows, policy=POLICY) for each in checks], checks, policy=POLICY, at=AT)


def test_a_check_that_breaks_is_logged_and_the_others_still_answer(caplog):
    report = report_of(Broken(), RejectRate())
    assert report.outcomes["broken"].outcome is Outcome.error
    assert report.outcomes["broken"].reason == "ZeroDivisionError: by nought"
    assert report.outcomes["reject_rate"].outcome is Outcome.alert
    assert "Traceback" in caplog.text
    assert report.summary.endswith("broken failed: ZeroDivisionError: by nought.")


def test_a_column_that_breaks_a_check_is_logged_and_the_others_are_still_judged(caplog):
    def made(middle):
        columns = {"moved": NumericProfile.of(np.random.default_rng(1).normal(middle, size=500))}
        return WindowProfile(rows=500, numeric=OnDemand(["bad", "moved"], lambda name: columns.get(name) or 1 / 0))

    report = report_of(NumericFeature(), windows=(made(0), made(1)))
    assert [each.affected_features for each in report.alerts] == [["moved"]]
    assert report.outcomes["numeric_feature"].reason == "bad: ZeroDivisionError: division by zero"
    assert "Traceback" in caplog.text


def test_data_that_contradicts_the_monitor_is_an_error_without_a_traceback(caplog):
    result = measure(broken(DataError("p_late is text.")), CALM.profile, CALM.profile, policy=POLICY)
    assert result.error == "p_late is text."
    assert not caplog.records


@pytest.mark.parametrize("error", [ReadFailed("the disk is gone"), StoreUnavailable("no answer")])
def test_what_a_retry_may_help_is_raised(error):
    with pytest.raises(type(error)):
        measure(broken(error), CALM.profile, CALM.profile, policy=POLICY)
    window = WindowProfile(rows=500, numeric=OnDemand(["x"], lambda name: raised(error)))
    with pytest.raises(type(error)):
        measure(NumericFeature(), window, window, policy=POLICY)


def raised(error):
    raise error


def test_a_check_without_a_result_is_an_error():
    report = consolidate([], [ClassShift()], policy=POLICY, at=AT)
    assert report.outcomes["class_shift"].outcome is Outcome.error
    assert report.outcomes["class_shift"].reason == "the check left no result"
    assert report.outcome is Outcome.error


def test_a_check_that_found_nothing_to_measure_is_unknown():
    report = consolidate([CheckResult(check="numeric_feature")], [NumericFeature()], policy=POLICY, at=AT)
    assert report.outcomes["numeric_feature"].reason == "there was nothing to measure"
    assert report.outcome is Outcome.unknown
    assert (
        report.summary == "Nothing could be judged. numeric_feature could not be judged: there was nothing to measure."
    )


def test_a_check_that_the_log_cannot_be_asked_is_not_run_and_leaves_nothing_unknown():
    class OfMany(NumericFeature):
        name = "of_many"

        def measure(self, reference, current):
            raise NotAsked("user with 10 rows")

    result = measure(OfMany(), CALM.profile, CALM.profile, policy=POLICY)
    quiet = measure(NumericFeature(), CALM.profile, CALM.profile, policy=POLICY)
    report = consolidate(
        [quiet, result], [NumericFeature(), OfMany()], policy=POLICY, at=AT, not_asked={"entropy": "probabilities"}
    )
    assert report.not_asked == {"entropy": "probabilities", "of_many": "user with 10 rows"}
    assert (report.outcome, list(report.outcomes)) == (Outcome.ok, ["numeric_feature"])
    assert report.summary == "No drift detected."


def test_the_summary_gives_each_reason_to_the_checks_that_have_it():
    class Silent(NumericFeature):
        name = "silent"

    silent = CheckResult(check="silent", measurements=(Measurement(subject="x", unknown="no Sunday"),))
    results = [CheckResult(check="numeric_feature"), silent]
    report = consolidate(results, [NumericFeature(), Silent()], policy=POLICY, at=AT)
    assert report.summary == (
        "Nothing could be judged. numeric_feature could not be judged: there was nothing to measure. "
        "silent could not be judged: no Sunday."
    )


def test_an_alert_comes_before_an_error_and_an_error_before_an_unknown():
    nothing = CheckResult(check="numeric_feature")
    left = [NumericFeature(), ClassShift()]
    assert consolidate([nothing], left, policy=POLICY, at=AT).outcome is Outcome.error
    alerted = [nothing, measure(ClassShift(), CALM.profile, MOVED.profile, policy=POLICY)]
    assert consolidate(alerted, left, policy=POLICY, at=AT).outcome is Outcome.alert


ROUGH = [
    WindowProfile(rows=4000, numeric={name: NumericProfile.of(values.copy(), resolution=16) for name in ("x", "y")})
    for values in (np.random.default_rng(0).normal(size=4000), np.random.default_rng(1).normal(0.35, 1, 4000))
]
EXACT = [
    WindowProfile(rows=4000, numeric={"x": NumericProfile.of(values), "y": NumericProfile.of(values)})
    for values in (np.random.default_rng(0).normal(size=4000), np.random.default_rng(1).normal(0.35, 1, 4000))
]


def test_what_is_undecided_is_settled_exactly_and_only_that():
    asked = []

    def settle(subjects):
        asked.append(list(subjects))
        return EXACT

    rough = [
        WindowProfile(rows=4000, numeric={**each.numeric, "same": NumericProfile.of(np.arange(10.0), resolution=16)})
        for each in ROUGH
    ]
    result = measure(NumericFeature(), *rough, policy=ReferencePolicy(min_rows=1), settle=settle)
    assert asked == [["x", "y"]]
    found = {each.subject: each for each in result.measurements}
    (exact, _) = NumericFeature().measure(*EXACT)
    assert found["x"].values == exact.values
    assert found["x"].bounds == {}
    assert list(found) == ["x", "y", "same"]


def test_without_anything_undecided_no_row_is_read_again():
    result = measure(NumericFeature(), *EXACT, policy=POLICY, settle=lambda _: pytest.fail("read again"))
    assert len(result.measurements) == 2


def test_what_stays_undecided_says_so_in_its_alert():
    report = report_of(NumericFeature(), windows=ROUGH)
    assert all(each.details["undecided"] for each in report.alerts)
    assert report.alerts[0].details["bounds"]["psi"]


def test_only_drifted_features_are_drawn_and_the_most_drifted_first():
    names = [f"f{k:03}" for k in range(MOST_PICTURES + 6)]
    base = np.random.default_rng(0).normal(size=100)
    reference = WindowProfile(rows=100, numeric=dict.fromkeys([*names, "calm"], NumericProfile.of(base)))
    shifted = {name: NumericProfile.of(base + 1 + k / 20) for k, name in enumerate(names)}
    current = WindowProfile(rows=100, numeric={**shifted, "calm": NumericProfile.of(base)})
    report = illustrate(report_of(NumericFeature(), windows=(reference, current)), reference, current)
    assert len(report.pictures) == MOST_PICTURES
    assert list(report.pictures) == sorted(report.pictures)
    psi = {each.feature: each.psi for each in report.feature_report.results}
    assert min(psi[name] for name in report.pictures) >= max(psi[name] for name in names if name not in report.pictures)
    assert "calm" not in report.pictures


def test_what_moved_for_single_users_is_drawn_too():
    of_users = DriftAlert(
        trigger="segment",
        severity="warning",
        details={},
        affected_user_ids=["u"],
        affected_features=["age"],
        timestamp=AT,
    )
    assert (
        list(illustrate(DriftReport(alerts=[of_users]), CALM.profile, MOVED.profile).pictures)
        == of_users.affected_features
    )


def test_a_report_without_features_is_not_drawn():
    report = report_of(ClassShift())
    assert illustrate(report, CALM.profile, MOVED.profile) is report


def test_an_alert_whose_rows_cannot_be_read_stands_without_names(caplog):
    """A column that one partition lacks is there in the profile and gone from the rows."""

    class Rows:
        def numbers(self, column):
            raise DataError(f"a partition has no {column}")

        def labels(self):
            return MOVED.labels

    checks = [NumericFeature(), RejectRate()]
    windows = CALM.profile, MOVED.profile
    report = attribute(report_of(*checks), checks, windows, rows=Rows(), users=np.array(["u"] * 200, dtype=object))
    assert [each.affected_user_ids for each in report.alerts] == [[], [], ["u"]]
    assert "feature_psi" in caplog.text


def test_a_column_made_on_demand_is_measured_once_per_window():
    made = []

    def counted(name):
        made.append(name)
        return NumericProfile.of(CALM.frame["age"].to_numpy())

    windows = [WindowProfile(rows=200, numeric=OnDemand(["age"], counted)) for _ in range(2)]
    report_of(NumericFeature(), windows=windows)
    assert made == ["age", "age"]


class Mute(ClassShift):
    """A check that measures and cannot say what it found."""

    name: ClassVar[str] = "mute"

    def conclude(self, verdicts, at):
        raise ZeroDivisionError("by nought")


def test_a_check_that_cannot_conclude_is_an_error_and_the_others_still_answer(caplog):
    report = report_of(Mute(), RejectRate())
    assert report.outcomes["mute"].outcome is Outcome.error
    assert report.outcomes["mute"].reason == "ZeroDivisionError: by nought"
    assert report.outcomes["reject_rate"].outcome is Outcome.alert
    assert "mute could not conclude" in caplog.text


@pytest.mark.parametrize(
    ("part", "check"), [("numeric.age", NumericFeature()), ("labels", RejectRate()), ("labels", ClassShift())]
)
def test_a_window_of_which_one_day_cannot_be_read_is_an_error_and_not_ok(part, check):
    """What could be seen of the other day is no answer about the window."""
    torn = WindowProfile(rows=100, faults={part: "it is text on the second day"})
    current = WindowProfile.merge([CALM.profile, torn])
    report = report_of(check, windows=(CALM.profile, current))
    assert report.outcomes[check.name].outcome is Outcome.error
    assert "it is text on the second day" in report.summary


def test_a_reference_of_which_one_day_cannot_be_read_still_serves():
    torn = WindowProfile(rows=100, faults={"numeric.age": "it is text on the second day"})
    report = report_of(NumericFeature(), windows=(WindowProfile.merge([CALM.profile, torn]), CALM.profile))
    assert report.outcomes["numeric_feature"].outcome is Outcome.ok


class Pairs(NumericFeature):
    """A check that shares its trigger with another, and whose alerts are about two features."""

    name: ClassVar[str] = "pairs"

    def measure(self, reference, current):
        yield Measurement(subject="age × amount", rows=(200, 200), values={"psi": 1.0})

    def conclude(self, verdicts, at):
        return Conclusion(None, [alert(verdicts[0], at, features=["age", "amount"], details={})])

    def row_excess(self, rows, reference, current, alert):
        return (AFTER.users == "u7") * 1.0


BEFORE, AFTER = Predictions(600, seed=1), Predictions(600, seed=2, moved=True)
"""Of twenty users thirty rows each: enough to be named."""


def attributed(*checks):
    windows = BEFORE.profile, AFTER.profile
    return attribute(report_of(*checks, windows=windows), checks, windows, rows=AFTER.rows, users=AFTER.users)


def test_an_alert_is_attributed_by_the_check_that_found_it():
    found = attributed(Pairs(), NumericFeature()).alerts
    assert [each.check for each in found] == ["pairs", "numeric_feature", "numeric_feature"]
    assert found[0].affected_user_ids == ["u7"]
    assert len(found[1].affected_user_ids) > 1


def test_a_check_that_cannot_say_whose_it_is_costs_nothing_else(caplog):
    class Speechless(Pairs):
        def row_excess(self, rows, reference, current, alert):
            raise ZeroDivisionError("by nought")

    found = attributed(Speechless(), NumericFeature()).alerts
    assert found[0].affected_user_ids == []
    assert found[1].affected_user_ids
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_an_error_and_spoils_no_other(value):
    class Wild(NumericFeature):
        name: ClassVar[str] = "wild"

        def measure(self, reference, current):
            yield Measurement(subject="age", rows=(200, 200), values={"psi": value})

    report = report_of(Wild(), NumericFeature())
    assert report.outcomes["wild"].outcome is Outcome.error
    assert report.outcomes["wild"].errors == {"age": f"the measurement of age is not a number: psi is {value}"}
    assert report.outcomes["numeric_feature"].outcome is Outcome.alert
