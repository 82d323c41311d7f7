"""The calibrated policy: two budgets, one cause for each feature, and what is known without days."""

from datetime import UTC, datetime
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from daily import FOUR_WEEKS, judge, outcomes, told, window
from windage.checks import discovered
from windage.checks.check import Gate
from windage.errors import SpecError
from windage.policy import PRESETS, CalibratedPolicy, ReferencePolicy
from windage.spec.load import parse_monitor
from windage.spec.model import MonitorSpec
from windage.vocabulary import DriftTrigger, Measurement, Outcome

ENOUGH = (1000, 1000)
AT = datetime(2026, 3, 1, tzinfo=UTC)


def gate(trigger="feature_ks", severity="warning", limit=0.1, **others):
    return Gate(
        trigger=DriftTrigger(trigger), statistic="effect", side="at least", limit=limit, severity=severity, **others
    )


def a_check(name, *gates, family="inputs", needs="numeric", fixed=()):
    """A check that is only judged, never asked."""

    class Judged:
        calibrated: ClassVar[tuple[Gate, ...]] = gates

    Judged.name, Judged.family, Judged.needs, Judged.gates = name, family, needs, fixed
    return Judged()


def found(p, effect=0.5, *, subject="x", rows=ENOUGH, **others):
    return Measurement(subject=subject, rows=rows, values={"effect": effect, "p_value": p, **others})


def verdicts(*asked, **limits):
    return [verdicts for _, verdicts in CalibratedPolicy(**limits).judge_all(list(asked))]


def outcome(*asked, **limits):
    return [[each.outcome.value for each in group] for group in verdicts(*asked, **limits)]


# --- p, effect and rows


def test_an_alert_needs_p_and_effect():
    check = a_check("drift", gate())
    assert outcome((check, [found(1e-9)])) == [["alert"]]
    assert outcome((check, [found(0.01)])) == [["ok"]]
    assert outcome((check, [found(1e-9, 0.05)])) == [["ok"]]
    assert outcome((check, [found(1e-9, rows=(1000, 49))])) == [["unknown"]]


def test_the_strictest_gate_that_opens_decides():
    check = a_check("drift", gate(severity="critical", limit=0.3, p_below=1e-4), gate())
    for p, effect, severity in ((1e-9, 0.5, "critical"), (5e-4, 0.5, "warning"), (1e-9, 0.2, "warning")):
        ((verdict,),) = verdicts((check, [found(p, effect)]))
        assert verdict.gate.severity == severity
        assert verdict.measurement.values["adjusted_p"] == p


def test_a_certain_gate_needs_neither_p_nor_rows():
    check = a_check("frozen", gate("frozen", "critical", certain=True))
    measured = Measurement(subject="x", rows=(1000, 0), values={"effect": 1.0, "p_value": None})
    ((verdict,),) = verdicts((check, [measured]))
    assert (verdict.outcome, verdict.gate.severity) == (Outcome.alert, "critical")
    ((calm,),) = verdicts((check, [measured.model_copy(update={"rows": ENOUGH, "values": {"effect": 0.0}})]))
    assert calm.outcome is Outcome.ok


def test_an_error_comes_first_and_an_unknown_second():
    check = a_check("drift", gate())
    broken = found(1e-9).model_copy(update={"error": "it broke", "unknown": "too little"})
    assert outcome((check, [broken, broken.model_copy(update={"error": None})])) == [["error", "unknown"]]


def test_the_number_of_rows_is_judged_however_few_they_are():
    check = a_check("volume", gate("row_volume"), needs="rows")
    assert outcome((check, [found(1e-9, rows=(9000, 3))])) == [["alert"]]


# --- Budgets


def test_many_questions_share_one_budget():
    check = a_check("drift", gate())
    others = [found(0.5, 0.0, subject=f"y{i}") for i in range(9)]
    assert outcome((check, [found(0.0002), *others]))[0][0] == "ok"
    assert outcome((check, [found(0.00009), *others]))[0][0] == "alert"
    ((verdict, *_),) = verdicts((check, [found(0.0002), *others]))
    assert verdict.measurement.values["adjusted_p"] == pytest.approx(0.002)


def test_a_budget_is_shared_by_the_checks_of_a_family():
    one, other = a_check("drift", gate()), a_check("missing", gate("missingness"))
    others = [found(0.5, 0.0, subject=f"y{i}") for i in range(9)]
    assert outcome((one, [found(0.0002)]), (other, others))[0] == ["ok"]


def test_inputs_and_outputs_have_budgets_and_levels_of_their_own():
    inputs, outputs = a_check("drift", gate()), a_check("rejects", gate("reject_rate_increase"), family="outputs")
    many = [found(0.5, 0.0, subject=f"y{i}") for i in range(99)]
    assert outcome((inputs, many), (outputs, [found(0.004)]))[1] == ["alert"]
    assert outcome((inputs, [found(0.004)]), (outputs, [found(0.006)])) == [["ok"], ["ok"]]
    assert outcome((inputs, [found(0.004)]), input_level=0.01) == [["alert"]]
    assert outcome((outputs, [found(0.006)]), output_level=0.01) == [["alert"]]


def test_a_question_that_could_not_have_been_answered_with_yes_costs_nothing():
    check = a_check("drift", gate())
    idle = [found(1.0, 0.0, subject=f"y{i}", looks=0.0) for i in range(99)]
    (judged,) = verdicts((check, [found(0.0005), *idle]))
    assert [each.outcome.value for each in judged] == ["alert", *["ok"] * 99]


def test_what_cannot_be_judged_costs_nothing():
    check = a_check("drift", gate())
    few = [found(0.5, subject=f"y{i}", rows=(1000, 9)) for i in range(99)]
    assert outcome((check, [found(0.0005), *few]))[0][0] == "alert"


def test_a_check_of_two_names_is_two_questions():
    """The same subject in two checks keeps both of its p-values."""
    one, other = a_check("drift", gate()), a_check("missing", gate("missingness"))
    (a,), (b,) = verdicts((one, [found(1e-9)]), (other, [found(0.9)]))
    assert (a.measurement.values["adjusted_p"], b.measurement.values["adjusted_p"]) == (2e-9, 0.9)


# --- One cause for each feature


TRIGGERS = ["missingness", "frozen", "value_range", "new_category", "feature_ks"]


@pytest.mark.parametrize("specific", range(4))
def test_of_equally_severe_findings_the_most_specific_is_the_cause(specific):
    asked = [(a_check(trigger, gate(trigger)), [found(1e-9)]) for trigger in TRIGGERS[specific:]]
    for order in (asked, asked[::-1]):
        alerted = [each for (each,) in verdicts(*order) if each.gate]
        assert [each.gate.trigger for each in alerted] == [TRIGGERS[specific]]
        quiet = [each for (each,) in verdicts(*order) if not each.gate]
        assert {(each.outcome, each.explained_by) for each in quiet} == {(Outcome.ok, TRIGGERS[specific])}


def test_a_check_of_another_package_asks_a_question_of_its_own():
    moved, other = a_check("drift", gate()), a_check("median_move", gate("other"))
    assert outcome((moved, [found(1e-9)]), (other, [found(1e-9)])) == [["alert"], ["alert"]]


def test_a_warning_explains_no_page():
    """A few more missing values are no reason to say nothing of a feature that is another population."""
    missing, drift = a_check("missing", gate("missingness")), a_check("drift", gate(severity="critical"))
    (a,), (b,) = verdicts((missing, [found(1e-9)]), (drift, [found(1e-9)]))
    assert (a.gate, a.explained_by) == (None, "feature_ks")
    assert b.gate.severity == "critical"


@pytest.mark.parametrize(
    ("excess", "moved", "severity", "cause"),
    [
        (0.02, 0.16, "warning", "feature_ks"),
        (0.08, 0.07, "warning", "value_range"),
        (0.08, 0.16, "warning", "value_range"),
        (0.25, 0.60, "warning", "value_range"),  # a warning explains no page
        (0.25, 0.60, "critical", "feature_ks"),
    ],
)
def test_values_never_seen_are_the_edge_of_a_change_of_more_than_twice_their_rows(excess, moved, severity, cause):
    beyond = {"statistic": "excess", "side": "at least", "certain": True}
    outside = a_check(
        "range",
        Gate(trigger=DriftTrigger.value_range, limit=0.2, severity="critical", **beyond),
        Gate(trigger=DriftTrigger.value_range, limit=0.01, severity="warning", **beyond),
    )
    asked = [
        (outside, [found(None, excess=excess)]),
        (a_check("drift", gate(severity=severity)), [found(1e-9, moved, effect_least=moved)]),
    ]
    for order in (asked, asked[::-1]):
        assert [each.gate.trigger for (each,) in verdicts(*order) if each.gate] == [cause]


def test_a_spread_that_doubles_is_told_for_all_its_rows():
    """Only one in fifty comes to lie where none ever did: those of users who were far out before."""

    def make(rng, at):
        return {"numeric": {"x": rng.normal(0, 2 if at == 28 else 1, 2000)}, "rows": 2000}

    assert told(judge(window(FOUR_WEEKS, make), window([28], make))) == [("feature_ks", "warning", ("x",))]


def test_features_do_not_explain_each_other():
    missing, drift = a_check("missing", gate("missingness")), a_check("drift", gate())
    assert outcome((missing, [found(1e-9, subject="a")]), (drift, [found(1e-9, subject="b")])) == [["alert"]] * 2


@pytest.mark.parametrize(
    ("needs", "trigger"), [("rows", "row_volume"), ("labels", "class_shift"), ("labels", "new_class")]
)
def test_a_feature_never_explains_what_merely_bears_its_name(needs, trigger):
    """A feature may be called ``rows``, or like a class."""
    missing, other = a_check("missing", gate("missingness")), a_check("other", gate(trigger), needs=needs)
    assert outcome((missing, [found(1e-9)]), (other, [found(1e-9)])) == [["alert"], ["alert"]]


def test_a_feature_named_rows_and_one_named_like_a_class():
    def make(rng, at):
        bad = at == 28
        column = np.where(rng.random(400) < 0.3 * bad, np.nan, rng.normal(size=400))
        labels = rng.choice(["a", "b"], 400, p=[0.2, 0.8] if bad else [0.6, 0.4])
        return {"numeric": {"rows": column, "a": column}, "labels": labels, "rows": 10 if bad else 400}

    found_triggers = {trigger for trigger, _, _ in told(judge(window(FOUR_WEEKS, make), window([28], make)))}
    assert found_triggers == {"missingness", "row_volume", "class_shift"}


# --- Without days


def test_uncalibrated_what_would_page_warns_and_nothing_is_ordinary():
    check = a_check("drift", gate(severity="critical"), gate())
    ((verdict,),) = verdicts((check, [found(None, 0.5)]))
    assert (verdict.outcome, verdict.gate.severity) == (Outcome.alert, "warning")
    assert verdict.reason.startswith("uncalibrated")
    assert outcome((check, [found(None, 0.05)])) == [["unknown"]]


def test_uncalibrated_certainty_warns():
    check = a_check("missing", gate("missingness", "critical", certain=True), gate("missingness"))
    ((verdict,),) = verdicts((check, [found(None, 1.0)]))
    assert (verdict.gate.severity, verdict.reason[:12]) == ("warning", "uncalibrated")
    ((known,),) = verdicts((check, [found(1e-9, 1.0)]))
    assert (known.gate.severity, known.reason) == ("critical", "")


@pytest.mark.parametrize("days", [1, 2, 3])
def test_with_fewer_than_four_days_no_check_is_ok_and_none_pages(days):
    def make(rng, at):
        bad = at == 28
        score = 0.5 + 0.5 * rng.beta(2 if bad else 30, 1, 400)
        return {
            "numeric": {"n": rng.normal(size=400) * (1000 if bad else 1)},
            "categorical": {"c": rng.choice(["a", "b"] if not bad else ["z"], 400)},
            "labels": rng.choice(["yes", "no", "Mixed/Unknown"], 400, p=[0.1, 0.1, 0.8] if bad else [0.5, 0.4, 0.1]),
            "probabilities": np.column_stack([score, 1 - score]),
        }

    reference = window(range(28 - days, 28), make)
    report = judge(reference, window([28], make))
    assert report.alerts
    assert not report.any_critical
    assert all(each.details["note"].startswith("uncalibrated") for each in report.alerts)
    quiet = judge(reference, window([28], lambda rng, at: make(rng, 0)))
    assert not quiet.alerts
    assert set(outcomes(quiet).values()) == {"unknown"}


# --- Quiet days


@pytest.mark.parametrize("at", range(28, 33))
def test_no_ordinary_day_alerts(at):
    """Features whose days differ, an open vocabulary, weekends of their own."""

    def make(rng, at):
        weekend = at % 7 >= 5
        rows = int(500 * (0.4 if weekend else 1) * np.exp(0.05 * rng.normal()))
        reject = rng.beta(6, 94) + 0.1 * weekend
        score = 0.5 + 0.5 * rng.beta(20 * np.exp(0.1 * rng.normal()), 1, rows)
        return {
            "numeric": {
                f"n{i}": np.where(rng.random(rows) < 0.03, np.nan, rng.normal(0.3 * rng.normal() + weekend, 1, rows))
                for i in range(8)
            },
            "categorical": {
                "closed": rng.choice(list("abcdef"), rows, p=rng.dirichlet([30, 20, 10, 5, 3, 1])),
                "open": [f"t{number}" for number in rng.zipf(1.5, rows)],
            },
            "labels": rng.choice(
                ["a", "b", "c", "Mixed/Unknown"], rows, p=[*(rng.dirichlet([50, 30, 20]) * (1 - reject)), reject]
            ),
            "probabilities": np.column_stack([score, 1 - score]),
        }

    report = judge(window(range(at - 28, at), make), window([at], make))
    assert not report.alerts
    assert set(outcomes(report).values()) == {"ok"}


# --- What a monitor's file may say


GOOD = """\
monitor: flights
start: 2026-03-01
log:
  location: log/date={start:%Y-%m-%d}
  numeric: [dep_delay]
reference:
  trailing: 28d
"""


@pytest.mark.parametrize(
    ("line", "policy"),
    [
        ("", CalibratedPolicy()),
        ("policy: calibrated", CalibratedPolicy()),
        ("policy: reference", ReferencePolicy()),
        ("policy: {min_rows: 9}", CalibratedPolicy(min_rows=9)),
        ("policy: {preset: calibrated, input_level: 0.01}", CalibratedPolicy(input_level=0.01)),
        ("policy: {preset: reference, min_rows: 9}", ReferencePolicy(min_rows=9)),
        ("policy: {}", CalibratedPolicy()),
    ],
)
def test_a_monitor_names_its_policy(line, policy):
    spec = parse_monitor(GOOD + line, name="m.yaml")
    assert spec.policy == policy
    assert {check.name for check in spec.checks_to_run()} <= {
        name for name, kind in discovered().items() if policy.asks(kind)
    }
    assert MonitorSpec.model_validate_json(spec.model_dump_json(exclude_none=True)).policy == policy


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("policy: {input_levl: 0.1}", "m.yaml:8 policy.input_levl: unknown key."),
        ("policy: {preset: calibrated, ks_alpha: 0.1}", "m.yaml:8 policy"),
        ("policy: {preset: reference, input_level: 0.1}", "m.yaml:8 policy"),
        ("policy: calibratd", "m.yaml:8 policy"),
        ("policy: 3", "m.yaml:8 policy"),
        ("policy: {preset: }", "m.yaml:8 policy"),
        ("policy: {min_rows: 0}", "m.yaml:8 policy.min_rows: must be at least 1; got 0."),
        ("policy: {output_level: 0}", "m.yaml:8 policy.output_level: must be greater than 0; got 0."),
    ],
)
def test_a_policy_that_is_none_is_said_where_it_stands(line, sentence):
    with pytest.raises(SpecError) as error:
        parse_monitor(GOOD + line, name="m.yaml")
    assert str(error.value).startswith(sentence)


def test_presets_are_complete_and_frozen():
    assert dict(PRESETS) == {"reference": ReferencePolicy, "calibrated": CalibratedPolicy}
    with pytest.raises(ValidationError):
        CalibratedPolicy().min_rows = 3


def test_every_gate_of_every_check_can_open():
    """Strictest first: a warning before a page on the same statistic would hide it."""
    for kind in discovered().values():
        severities = [each.severity for each in kind.calibrated if not each.certain]
        by_trigger = {}
        for each in kind.calibrated:
            by_trigger.setdefault((each.trigger, each.statistic), []).append(each)
        for gates in by_trigger.values():
            limits = [each.limit for each in gates if each.side != "below"]
            assert limits == sorted(limits, reverse=True)
        assert set(severities) <= {"warning", "critical"}


@pytest.mark.parametrize("features", [1, 40])
def test_silence_is_as_large_as_it_says(features):
    """A change a third larger than the one detectable alerts, one a third smaller does not, beside however many others."""

    def make(rng, at, by=0.0):
        numeric = {f"f{k}": rng.normal(0.1 * rng.normal(), 1, 800) for k in range(features)}
        numeric["f0"] = np.random.default_rng(at).normal(0.05 * np.random.default_rng(at + 100).normal() + by, 1, 800)
        return {"numeric": numeric}

    reference = window(range(28), make)
    quiet = judge(reference, window([28], make), only="numeric_feature")
    least = quiet.feature_report.results[0].detectable_sd
    assert least > 0
    for factor, alerts in ((1.4, True), (0.6, False)):
        report = judge(
            reference, window([28], lambda rng, at, by=factor * least: make(rng, at, by)), only="numeric_feature"
        )
        assert ("f0" in report.feature_report.flagged_features) is alerts
