from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from windage.reports.markdown import render_markdown
from windage.reports.sentences.text import Name
from windage.vocabulary import CheckOutcome, DriftReport, Window

PARSER = MarkdownIt("commonmark").enable("table")


def shape(text: str) -> list[str]:
    """What a reader's renderer makes of the text: its blocks, and whatever inside them is more than words."""
    found = []
    for token in PARSER.parse(text):
        found.append(token.type)
        for inner in token.children or []:
            if inner.type == "html_inline":
                assert inner.content in {"<code>", "</code>"}, inner.content
            elif inner.type not in {"text", "code_inline", "text_special"}:
                found.append(inner.type)
    return found


def words(text: str) -> str:
    return "".join(
        inner.content for token in PARSER.parse(text) for inner in token.children or [] if inner.type != "html_inline"
    )


def renamed(report: DriftReport, name: str, reason: str) -> DriftReport:
    """The report with one hostile feature, class, user, check, reason, policy, summary and monitor."""
    features = report.feature_report
    assert features is not None
    assert report.class_shift is not None
    results = [features.results[0].model_copy(update={"feature": name}), *features.results[1:]]
    first, *rest = report.alerts
    hostile = first.model_copy(
        update={
            "details": {**first.details, "feature": name},
            "affected_features": [name],
            "affected_user_ids": [name, "b"],
        }
    )
    shares = report.class_shift.ref_dist
    classes = report.class_shift.model_copy(update={"ref_dist": {**shares, name: 0.0}, "shifted_classes": [name]})
    return report.model_copy(
        update={
            "alerts": [hostile, *rest],
            "feature_report": features.model_copy(update={"results": results, "unknown": {f"{name}?": reason}}),
            "class_shift": classes,
            "outcomes": {f"{name}!": CheckOutcome(outcome="error", reason=reason)},
            "monitor": f"m{name}",
            "policy": f"p{name}",
            "summary": f"s{reason}",
            "pictures": {},
        }
    )


def test_it_reads_like_the_report(sample):
    text = render_markdown(sample).replace("\u202f", " ")
    assert text.startswith("# Critical: The reject rate rose, and `dewp`, `recent_dep_delay` and 7 more moved.\n")
    assert "| Rows | 198 (reference 5 991) |" in text
    assert "| rows predicted | 198 |" in text
    assert "| **moved** | `dewp` | 3.35 | 0.61 | 3e-68 |" in text
    assert "| **not judged** | `pressure` | unknown | unknown | unknown |" in text
    assert "- `correlation` failed: ValueError: the correlation of a constant is not defined." in text
    assert "| class `on\\_time`" not in text


def test_an_empty_report_renders():
    text = render_markdown(DriftReport(summary="No drift detected."))
    assert text.startswith("# Unknown: Nothing was judged in this window.\n\nSummary: No drift detected.")


@pytest.fixture(scope="module")
def harmless_shape(sample: DriftReport) -> list[str]:
    return shape(render_markdown(renamed(sample, "feature", "reason")))


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_name_or_reason_can_act_as_markup(sample, harmless_shape, hostile_text, data):
    name, reason = data.draw(hostile_text), data.draw(hostile_text)
    text = render_markdown(renamed(sample, name, reason))
    assert shape(text) == harmless_shape
    assert " ".join(Name(name).shown.split()) in " ".join(words(text).split())


def test_the_same_report_gives_the_same_text(sample):
    assert render_markdown(sample) == render_markdown(sample.model_copy(deep=True))


def test_a_summary_that_names_2000_features_is_cut():
    text = render_markdown(DriftReport(summary=f"Drifted features: {', '.join(f'f{k}' for k in range(2000))}."))
    (summary,) = [line for line in text.splitlines() if line.startswith("Summary: ")]
    assert len(summary) < 420
    assert summary.endswith("…")


def test_of_very_many_the_first_are_shown_and_the_others_counted(wide):
    start = datetime(2013, 3, 9, tzinfo=UTC)
    hours = Window(start=start, end=start + timedelta(hours=30)).split(timedelta(hours=1))
    lacking = wide.model_copy(update={"missing_partitions": tuple(hours)})
    text = render_markdown(lacking)
    assert text.count("**warning**") == 25
    assert "- and 142 more alerts in `drift_report.json`\n" in text
    assert "- and 5 more partitions in `drift_report.json`\n" in text
    assert "And 515 more features (142 moved, 40 not judged, 333 within their limits) in `drift_report.json`.\n" in text
    assert len(text.splitlines()) < 250
