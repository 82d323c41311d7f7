from __future__ import annotations

import logging
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windage.reports import cards
from windage.reports.html import name, render_html
from windage.reports.markdown import render_markdown
from windage.vocabulary import CheckOutcome, DriftReport, DriftTrigger, EntropyDrift, RejectRateDrift

EMPTY_TAGS = {"meta", "link", "wbr"}


class Page(HTMLParser):
    """The tags, attributes and words of a page; it fails on a tag that is not closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in EMPTY_TAGS:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "style" not in self._open:
            self.words += data


def renamed(report: DriftReport, name: str, reason: str) -> DriftReport:
    """The report with hostile words wherever the page shows words that came from outside."""
    features, classes, telemetry = report.feature_report, report.class_shift, report.telemetry_snapshot
    assert features is not None
    assert classes is not None
    assert telemetry is not None
    results = [each.model_copy(update={"feature": f"{name}{i}"}) for i, each in enumerate(features.results)]
    alerts = [
        each.model_copy(
            update={
                "details": {"feature": name, f"d{name}": reason, "list": [name, reason]},
                "affected_features": [name],
                "affected_user_ids": [name] * 20,
            }
        )
        for each in report.alerts
    ]
    return report.model_copy(
        update={
            "alerts": alerts,
            "feature_report": features.model_copy(update={"results": results, "unknown": {f"u{name}": reason}}),
            "class_shift": classes.model_copy(update={"ref_dist": {name: 0.4}, "cur_dist": {name: 0.6}}),
            "telemetry_snapshot": telemetry.model_copy(
                update={"feature_missingness": {name: 0.5}, "schema_version": f"v{name}"}
            ),
            "outcomes": {f"c{name}": CheckOutcome(outcome="error", reason=reason)},
            "monitor": f"m{name}",
            "policy": f"p{name}",
            "summary": reason,
            "pictures": {},
        }
    )


@pytest.fixture(scope="module")
def sample_page(sample: DriftReport) -> str:
    return render_html(sample)


def test_the_page_is_complete_and_in_order(sample, sample_page):
    page = Page(sample_page)
    words = " ".join(page.words.replace("\u202f", " ").split())
    for earlier, later in [
        ("Critical", "The reject rate rose, and dewp, recent_dep_delay and 7 more moved."),
        ("moved.", "2013-03-08 – 2013-03-09 UTC (1 day)"),
        ("198 reference 5 991", "The reject rate rose from 10.3 % to 22.7 %"),
        ("Alerts 10", "Not judged 2"),
        ("numeric_feature could not judge pressure: too few rows", "What moved"),
        ("What moved", "Predictions"),
        ("Predicted classes moved", "Features 9"),
        ("0.4232 ± 0.0004", "pressure not judged unknown"),
        ("Missing partitions 1 2013-02-09", "Telemetry"),
        ("features_v1", "Report format 1, written 2013-03-09 01:12 UTC"),
    ]:
        first = words.replace("\N{NO-BREAK SPACE}", " ").index(earlier)
        assert later in words.replace("\N{NO-BREAK SPACE}", " ")[first:], (earlier, later)
    assert page.attributes.count(("role", "img")) == len(sample.pictures) == 8


def test_the_page_asks_nothing_of_anyone(sample_page):
    page = Page(sample_page)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert any(name == "content" and (value or "").startswith(policy) for name, value in page.attributes)
    assert "script" not in page.tags
    links = {value for name, value in page.attributes if name in {"src", "href", "action", "srcset"}}
    assert {each for each in links if each and not each.startswith("#")} == {"data:,", "drift_report.json"}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not re.search(r"@import|url\((?!#)", sample_page)


def test_a_share_is_as_long_as_it_is_of_the_whole(lean):
    reject = lean.reject_rate_drift.model_copy(update={"ref_rate": 0.48, "cur_rate": 0.78})
    page = render_html(lean.model_copy(update={"reject_rate_drift": reject}))
    bars = page[page.index("Reject rate") : page.index("Mean entropy")]
    assert re.findall(r'rect width="([\d.]+%)"', bars) == ["48.0%", "78.0%"]


def test_a_picture_of_values_says_how_many_are_missing(lean):
    shares = {"ref_share": 0.0, "cur_share": 0.401}
    lost = lean.alerts[0].model_copy(
        update={"trigger": DriftTrigger.missingness, "affected_features": ["dewp"], "details": shares}
    )
    page = Page(render_html(lean.model_copy(update={"alerts": [lost], "findings": []})))
    words = " ".join(page.words.replace("\N{NARROW NO-BREAK SPACE}", " ").split())
    assert "dewp missing values 0 % → 40.1 % of rows · PSI" in words


def test_identifiers_are_unique(sample_page):
    found = [value for name, value in Page(sample_page).attributes if name == "id"]
    assert len(found) == len(set(found))


def test_the_same_report_gives_the_same_bytes(sample, sample_page):
    assert sample_page == render_html(sample.model_copy(deep=True))


@pytest.mark.parametrize("summary", ["", "No drift detected.", "<b>bold</b>"])
def test_an_empty_report_is_not_called_fine(summary):
    page = Page(render_html(DriftReport(summary=summary)))
    assert "Unknown" in page.words
    assert "No features were compared." in page.words
    assert "b" not in page.tags


def test_the_summary_does_not_repeat_what_was_not_judged():
    unknown = CheckOutcome(outcome="unknown", reason="too few days", unknown={"x": "too few days"})
    page = render_html(DriftReport(summary="Nothing could be judged.", outcomes={"a": unknown}))
    assert "too few days" in page
    assert "Nothing could be judged." not in page


@pytest.mark.parametrize("render", [render_html, render_markdown])
def test_of_a_window_without_rows_no_number_is_shown(render):
    reject = RejectRateDrift(ref_rate=None, cur_rate=None, increase=None, is_flagged=False)
    entropy = EntropyDrift(ref_mean_entropy=None, cur_mean_entropy=None, ratio=None, is_flagged=False)
    page = render(DriftReport(reject_rate_drift=reject, entropy_drift=entropy, current_rows=0))
    assert "Predictions" not in page
    alone = render(DriftReport(entropy_drift=entropy.model_copy(update={"cur_mean_entropy": 0.4})))
    assert "0.40" in alone
    assert "×" not in alone


def test_500_features_stay_small_with_the_moved_ones_first(wide):
    drawn = dict(list(wide.pictures.items())[:14])
    text, bare = (render_html(wide.model_copy(update={"pictures": some})) for some in (drawn, {}))
    page = Page(text)
    of_one = (len(text.encode()) - len(bare.encode())) / len(drawn)
    assert 5_000 < of_one < 30_000
    assert len(bare.encode()) + of_one * len(wide.pictures) < 2_000_000
    for folded in (
        "142 more alerts",
        "2 more pictures",
        "142 more features that moved",
        "40 features that could not be",
    ):
        assert folded in page.words
    assert "333 features within their limits" in page.words
    assert page.words.index("sensor_096_mean_over_15_minutes") < page.words.index("sensor_001_mean_over_15_minutes")


@pytest.fixture(scope="module")
def harmless_tags(sample: DriftReport) -> list[str]:
    return Page(render_html(renamed(sample, "name", "reason"))).tags


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_nothing_from_outside_becomes_a_tag(sample, harmless_tags, hostile_text, data):
    name, reason = data.draw(hostile_text), data.draw(hostile_text)
    hostile = Page(render_html(renamed(sample, name, reason)))
    assert [each for each in hostile.tags if each != "wbr"] == harmless_tags
    assert not [key for key, _ in hostile.attributes if key.startswith("on")]


def test_a_name_breaks_between_its_parts():
    assert name("annual_income_eur") == "<bdi>annual_<wbr>income_<wbr>eur</bdi>"
    assert name("a.b/c@d") == "<bdi>a.<wbr>b/<wbr>c@<wbr>d</bdi>"
    assert name("<b>_x") == "<bdi>&lt;b&gt;_x</bdi>"
    assert name("_private") == "<bdi>_private</bdi>"


@pytest.mark.parametrize("trigger", list(DriftTrigger))
def test_every_trigger_has_its_place(sample, trigger):
    alert = sample.alerts[0].model_copy(update={"trigger": trigger, "details": {}})
    report = sample.model_copy(update={"alerts": [alert], "pictures": {}})
    assert Page(render_html(report)).tags.count("ol") == 1


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_a_mark_has_the_colour_of_its_alerts_severity(lean, severity):
    alerts = [each.model_copy(update={"severity": severity}) for each in lean.alerts]
    page = render_html(lean.model_copy(update={"alerts": alerts}))
    marks = set(re.findall(r'<span class="tag (\w+)">(?!not judged)', page))
    assert marks == {severity}


def test_a_picture_that_cannot_be_drawn_takes_nothing_else_away(sample, monkeypatch, caplog):
    monkeypatch.setattr(cards, "draw_feature", lambda *_, **__: 1 / 0)
    with caplog.at_level(logging.ERROR):
        page = Page(render_html(sample))
    assert page.words.count("This picture could not be drawn.") == 8
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("text", "page"),
        ("text", "card"),
        ("muted", "page"),
        ("muted", "card"),
        ("accent", "page"),
        ("chart-distance", "card"),
    ]
    + [(name, f"{name}-soft") for name in ("critical", "warning", "ok", "unknown")],
)
def test_words_stand_out_from_their_ground_in_both_schemes(scheme, ink, paper):
    css = files("windage.reports").joinpath("templates/tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", css)
    colours = {name: light if scheme == "light" else dark for name, light, dark in found}
    assert contrast(colours[ink], colours[paper]) >= 4.5


def contrast(first: str, second: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_has_the_greatest_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
