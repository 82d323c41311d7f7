"""What the calibrated policy found, in words and on the page: every alert here was raised by the real checks."""

from __future__ import annotations

import re

import pytest

from broken_worlds import WORLDS, world
from windage.reports.document import from_json, to_json
from windage.reports.html import render_html
from windage.reports.markdown import render_markdown
from windage.reports.sentences.alert import alert_sentence
from windage.reports.sentences.detectable import not_asked, quiet_checks
from windage.reports.sentences.facts import evidence
from windage.reports.sentences.report import Status, headline, status, ten_lines
from windage.vocabulary import DriftTrigger

BROKEN = [name for name in WORLDS if name != "quiet"]
P = r"(far beyond any ordinary day|beyond nearly all ordinary days) \(adjusted p [\d.e-]+\)\."
M = r"\(median -?\d\.\d+ → -?\d\.\d+\)"
SENTENCES = {
    "feature_ks": r"`speed` moved up by 0\.[56]\d sd " + M + r": 2\d\.\d points of its rows, limit 6\.0 points; " + P,
    "feature_ks, down": r"`speed` moved down by 0\.[56]\d sd " + M + r": 2\d\.\d points of its rows, limit 6\.0 points; " + P,
    "feature_ks, critical": r"`speed` moved up by 1\.[34]\d sd " + M + r": at least \d\d\.\d points of its rows, limit 30\.0 points; " + P,
    "feature_ks, week": r"`speed` moved up by 0\.\d\d sd " + M + r" over the last 7 days together: 1\d\.\d points of its rows, .*" + P,
    "feature_ks, wider": r"`speed` widened: 1\d\.\d points of its rows, limit 6\.0 points; " + P,
    "feature_ks, uncalibrated": r"`speed` moved up by \d\.\d+ sd: at least \d\d\.\d points of its rows, limit 30\.0 points\. "
    r"Uncalibrated, as the reference has too few days like this to know how ordinary days vary\.",
    "feature_ks, reference": r"`speed` moved: KS distance 0\.\d+ \(p .*, limit 0\.05\); PSI 0\.\d+\.",
    "feature_psi": r"`speed` moved: PSI 1\.\d+, limit 0\.40; KS distance .*\.",
    "missingness": r"`weight` is missing in 2\d\.\d % of rows, 2\.\d % before \(\+[12]\d\.\d points, limit 5\.0 points\); " + P,
    "missingness, critical": r"`weight` is missing in 6\d\.\d % of rows, .* \(at least \d\d\.\d points, limit 30\.0 points\); " + P,
    "missingness, all": r"`weight` is missing in 100 % of rows, 2\.\d % before, limit 98 %\.",
    "missingness, of one user": r"`speed` is missing in all rows of user 0, who had values before\.",
    "frozen": r"`weight` is frozen: every row has the same value, 50, unlike any ordinary day\.",
    "value_range": r"`speed` has values never seen before: \d+\.\d % of rows, limit 1\.0 %, are outside -\d\.\d+ to "
    r"\d\.\d+; no ordinary day had any\. Overall it moved down by 0\.2\d sd " + M + r"\.",
    "value_range, critical": r"`speed` has values never seen before: \d+ % of rows, limit 20\.0 %, are outside .*\.",
    "category_shift": r"The categories of `origin` shifted by 1\d\.\d points, limit 6\.0 points: mostly `EWR` 50\.1 % → 3\d\.\d %; " + P,
    "category_shift, critical": r"The categories of `origin` shifted by at least \d\d\.\d points, limit 30\.0 points; no longer seen: `EWR`; "
    r"far beyond any ordinary day \(adjusted p .*\)\.",
    "new_category": r"`origin` has new categories, in 1\d\.\d % of rows, limit 1\.0 %: `XXX`\.",
    "vanished_category": r"`origin` lost categories that every day had, at least \d\.\d % of rows, limit 1\.0 %: `JFK`\.",
    "confidence_drop": r"Predictions became less confident: the mean went from 0\.\d+ to 0\.\d+ \(\d+\.\d % of rows crossed one level, "
    r"limit 10\.0 %\); " + P,
    "confidence_rise": r"Predictions became more confident: the mean went from 0\.\d+ to 0\.\d+ \(\d+\.\d % of rows crossed one level, "
    r"limit 10\.0 %\); " + P,
    "invalid_probabilities": r"10\.0 % of rows have invalid probabilities \(not finite, negative, or not summing to 1\); at most "
    r"0 % before\.",
    "label_mismatch": r"The label is not the class that usually goes with the highest probability in 100 % of rows, 0 % before "
    r"\(\+100\.0 points, limit 5\.0 points\), mostly in `yes` and `no`; "
    r"far beyond any ordinary day \(adjusted p < 1e-300\)\.",
    "realised_performance": r"Accuracy is 82\.0 % by 200 labels \(76\.0 % to 87\.0 %\), which does not prove "
    r"the promised 80\.0 %\.",
    "realised_performance, critical": r"Accuracy is 70\.0 % by 200 labels \(64\.0 % to 76\.0 %\), below the promised 80\.0 %\.",
    "schema_change": r"`weight` is gone: the window or a part of it has no such column; most reference days had it\. Restore it, or take it "
    r"out of the monitor's file\.",
    "freshness": r"The log ends early, by 41\.7 % of the window, limit 10\.0 %; the longest gap on an ordinary day is 2\.1 %\.",
    "duplicate_partition": r"The rows are those of 2026-03-29 00:00 again: every feature has the same values, so nothing of this "
    r"window was seen\.",
    "segment": r"`speed` moved up for user 0 only, by 0\.[34]\d in mean rank, limit 0\.20; " + P,
    "joint_drift": r"A classifier tells current rows from reference rows with AUC 0\.\d+, ordinary days up to 0\.\d+, "
    r"mostly by `(speed|weight)` and `(speed|weight)`; " + P,
    "correlation": r"`speed` no longer correlates with `weight` as before: rank correlation 0\.\d+ → -0\.\d+ \(.*\); " + P,
    "row_volume": r"120 rows arrived; 600 are usual \(×0\.20, limit ×0\.60\); " + P,
    "reject_rate_increase": r"The reject rate rose from 1\d\.\d % to 1\d\.\d % \(\+\d\.\d points, limit 3\.0 points\); " + P,
    "reject_rate_increase, critical": r"The reject rate rose from .* \(at least \d\d\.\d points, limit 6\.0 points\); " + P,
    "reject_rate_decrease": r"The reject rate fell from 1\d\.\d % to 1\.\d % \(-\d\d\.\d points, limit -5\.0 points\); " + P,
    "class_shift": r"The mix of predicted classes shifted by up to 1\d\.\d points, limit 5\.0 points: `no` and `yes` \(`(no|yes)` \d\d\.\d % → \d\d\.\d %\); " + P,
    "class_shift, critical": r"At least 5\d\.\d % of predictions changed class, limit 40\.0 %: `no` and `yes` \(`yes` 56\.6 % → 1\.5 %\); " + P,
    "new_class": r"New classes are predicted, in \d\.\d % of rows, limit 1\.0 %: `maybe`; " + P,
    "entropy_spike": r"Predictions became less certain: mean entropy went from .* nats \(×1\.1\d, limit ×1\.15\); " + P,
    "entropy_spike, critical": r"Predictions became less certain: mean entropy went from .* nats \(at least ×1\.2\d; ×1\.2\d would be "
    r"random guessing\); " + P,
    "other": r"`too_quiet` on `speed`: noise 0\.10 \(limit 0\.50\); p against ordinary days 1e-6; adjusted p 1e-6\.",
    "entropy_drop": r"Predictions became more certain: mean entropy went from .* nats \(×0\.4\d, limit ×0\.85\); " + P,
}  # fmt: skip


def plain(text: object) -> str:
    return str(text).replace("\N{NARROW NO-BREAK SPACE}", " ")


def words(page: str) -> str:
    return " ".join(
        re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|svg).*?</\1>", " ", plain(page).replace("<wbr>", ""))).split()
    )


def of_trigger(name: str):
    """The alert that the world was made for."""
    return next(each for each in world(name).alerts if each.trigger == name.partition(",")[0])


def test_there_is_a_world_for_every_trigger():
    assert {name.partition(",")[0] for name in BROKEN} == {str(each) for each in DriftTrigger}
    assert SENTENCES.keys() == set(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_what_the_checks_found_is_one_plain_sentence(name):
    assert re.fullmatch(SENTENCES[name], plain(alert_sentence(of_trigger(name))))


@pytest.mark.parametrize("name", BROKEN)
def test_severity_is_what_the_world_says(name):
    critical = name.endswith(("critical", ", all")) or name in {"frozen", "feature_psi", "schema_change"}
    assert status(world(name)) is (Status.critical if critical else Status.warning)


@pytest.mark.parametrize("name", BROKEN)
def test_all_evidence_is_told_in_words(name):
    facts = dict(evidence(of_trigger(name)))
    assert all(facts.values())
    assert not {"unknown", "None", "nan"} & set(facts.values())
    assert not [what for what in facts if "_" in what]


def test_evidence_says_nothing_twice_and_a_range_from_its_lower_end():
    facts = [what for what, _ in evidence(of_trigger("value_range"))]
    assert facts[facts.index("ordinary range from") + 1] == "ordinary range to"
    assert "outside, in excess of ordinary" in facts
    assert not {"frozen", "outside the ordinary range"} & set(facts)
    assert dict(evidence(of_trigger("frozen")))["frozen"] == "yes"


def test_codes_that_never_were_are_named():
    alert = of_trigger("value_range")
    found = alert.model_copy(update={"details": {**alert.details, "categories": ["418", "451"]}})
    assert re.search(r"are outside \S+ to \S+ or are 418 and 451; no ordinary day", plain(alert_sentence(found)))
    assert all(evidence(found))


def test_evidence_of_an_effect_is_told_on_its_own_scale():
    facts = {what: plain(value) for what, value in evidence(of_trigger("feature_ks, critical"))}
    assert facts["judged by"] == "at least (95 %)"
    assert facts["limit"] == "30.0 points"
    assert facts["days judged together"] == "1"
    assert re.fullmatch(r"1\.\d\d sd", facts["equivalent shift of a normal feature"])
    assert re.fullmatch(r"\d(\.\d)? %|< .*|\d\d\.\d %", facts["variance explained by ordinary days"])


DRAWN = {"feature_ks": ["speed"], "value_range": ["speed"], "frozen": ["weight"], "missingness": ["weight"]}


@pytest.mark.parametrize("name", WORLDS)
def test_every_view_renders_and_the_document_returns_as_it_was(name):
    report = world(name)
    assert from_json(to_json(report), location="drift_report.json") == report
    if name not in DRAWN:  # a picture takes longer than all words
        report = report.model_copy(update={"pictures": {}})
    assert len(ten_lines(report, location="/reports").splitlines()) <= 10
    page, text = words(render_html(report)), plain(render_markdown(report))
    for alert in report.alerts:
        told = plain(alert_sentence(alert)).replace("`", "")
        assert " ".join(told.split()[:3]).strip(":,") in " ".join(page.replace(" :", ":").split())
    assert text.startswith(f"# {status(report)}: ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("quiet", "Nothing moved beyond its limit."),
        ("feature_ks", "`speed` moved."),
        ("missingness", "`weight` lost values."),
        ("frozen", "`weight` froze."),
        ("value_range", "`speed` showed values never seen before."),
        ("new_category", "`origin` showed new categories."),
        ("row_volume", "The number of rows changed."),
        ("reject_rate_decrease", "The reject rate fell."),
        ("new_class", "The class mix changed."),
        ("entropy_drop", "The prediction entropy fell."),
    ],
)
def test_the_headline_says_what_happened(name, said):
    assert str(headline(world(name))) == said


def test_values_that_some_ordinary_rows_had_are_not_told_as_never_seen():
    def told_of(**details):
        report = world("value_range")
        alert = report.alerts[0].model_copy(update={"details": {**report.alerts[0].details, **details}})
        headed = headline(report.model_copy(update={"alerts": [alert], "findings": []}))
        return str(alert_sentence(alert)), str(headed)

    sentence, headed = told_of(usual_outside=0.004)
    said = r"`speed` has more values out of range than any ordinary day: .*; ordinary days had at most 0\.4\s%\."
    assert re.match(said, sentence)
    assert headed == "`speed` had more values out of range than ever."
    sentence, headed = told_of(usual_outside=0.004, usual_repeated=0.002, categories=["50"])
    assert sentence.startswith("`speed` holds 50 again and again: ")
    assert headed == "`speed` held one value again and again."


def test_every_numeric_feature_of_an_alert_has_a_picture_if_it_has_values():
    assert {name: list(world(name).pictures) for name in DRAWN} == DRAWN
    for name in ("quiet", "missingness, all", "category_shift", "class_shift", "row_volume"):
        assert world(name).pictures == {}


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("feature_ks", r"\| \*\*moved\*\* \| `speed` \| .* \(0\.\d\d sd\) \| \de-\d+ \|"),
        ("feature_ks, down", r"\| \*\*moved\*\* \| `speed` \| .* \(-0\.\d\d sd\) \| \de-\d+ \|"),
        ("value_range", r"\| \*\*out of range\*\* \| `speed` \| "),
        ("missingness", r"\| \*\*missing values\*\* \| `weight` \| 0"),
        ("missingness, all", r"\| \*\*missing values\*\* \| `weight` \| unknown"),
        ("new_category", r"\| \*\*new categories\*\* \| `origin` \| unknown"),
    ],
)
def test_the_table_of_features_says_what_was_found_of_each(name, row):
    text = plain(render_markdown(world(name)))
    assert re.search(row, text)
    assert "| KS distance | Adjusted p |" in text


def test_the_p_value_of_the_reference_policy_is_that_of_ks():
    text = render_markdown(world("feature_psi"))
    assert "| KS distance | p |" in text
    assert "Adjusted p" not in words(render_html(world("feature_psi")))
    assert "What silence means" not in text


def test_a_feature_without_values_shows_its_finding_in_place_of_numbers():
    page = words(render_html(world("missingness, all")))
    assert page.count("is missing in 100 % of rows") == 2  # the alert, and the feature's line
    assert "0 pictures" not in page


def test_silence_has_a_size():
    report = world("quiet")
    quiet = {each.title: dict(each.subjects) for each in quiet_checks(report)}
    assert quiet.keys() == {
        "Distributions",
        "Categories",
        "Missing values",
        "Predicted classes",
        "Rejections",
        "Confidence",
        "Labels beside probabilities",
    }
    assert quiet["Distributions"].keys() == {"speed", "weight"}
    assert re.fullmatch(r"0\.\d+ sd \(\d+\.\d points\)", quiet["Distributions"]["speed"])
    least = report.outcomes["numeric_feature"].detectable["speed"]
    assert least >= 0.06  # no gate alerts on less
    assert "What silence means" in words(render_html(report))
    assert "| Rejections | `reject rate` |" in render_markdown(report)


def test_a_feature_whose_days_differ_too_much_is_silent_about_everything():
    report = world("quiet")
    blind = report.outcomes["missingness"].model_copy(update={"detectable": {"weight": 1.0}})
    (told,) = quiet_checks(report.model_copy(update={"outcomes": {"missingness": blind}}))
    assert told.subjects == [("weight", "not detectable: days vary too much")]


def test_what_alerted_is_not_silent():
    assert world("feature_ks").outcomes["numeric_feature"].detectable.keys() == {"weight"}
    assert world("feature_ks, uncalibrated").outcomes["numeric_feature"].detectable == {}
    assert quiet_checks(world("feature_psi")) == []


def test_what_is_broken_comes_before_predictions_and_these_before_features_that_moved():
    alerts = [of_trigger(name) for name in ("feature_ks", "value_range", "row_volume", "class_shift")]
    lines = ten_lines(world("quiet").model_copy(update={"alerts": alerts})).splitlines()[1:]
    starts = ["Warning: The mix of", "Warning: `speed` has", "Warning: 120 rows", "Warning: `speed` moved"]
    places = [next(at for at, line in enumerate(lines) if line.startswith(start)) for start in starts]
    assert (places[0], places[3], set(places)) == (2, 3, {0, 1, 2, 3})


def test_what_the_log_cannot_tell_is_said():
    report = world("quiet").model_copy(
        update={"not_asked": {"segment": "user", "entropy": "probabilities", "probabilities": "probabilities"}}
    )
    assert [str(each) for each in not_asked(report)] == [
        "The log names no user, so `segment` was not run.",
        "The log names no probabilities, so `entropy` and `probabilities` were not run.",
    ]
    assert "- The log names no user, so `segment` was not run." in render_markdown(report)
    assert "The log names no user, so segment was not run" in words(render_html(report))
    assert not_asked(world("quiet")) == []
