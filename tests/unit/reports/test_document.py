from __future__ import annotations

import json
import math

import pytest

from windage.errors import CorruptDocument, InvalidInput
from windage.reports.document import from_json, to_json
from windage.vocabulary import DriftAlert, DriftReport, EntropyDrift, FeatureDriftReport, FeatureDriftResult, utc_now


def test_what_is_written_is_read_back_in_full_precision(sample):
    report = DriftReport(
        entropy_drift=EntropyDrift(ref_mean_entropy=1e-300, cur_mean_entropy=0.1 + 0.2, ratio=1 / 3, is_flagged=False)
    )
    for each in (report, sample):
        assert from_json(to_json(each), location="there") == each
    assert b"0.30000000000000004" in to_json(report)


def test_the_same_report_gives_the_same_readable_bytes(sample):
    assert to_json(sample) == to_json(sample.model_copy(deep=True))
    assert to_json(sample).startswith(b'{\n  "alerts": [\n')
    assert to_json(sample).endswith(b"}\n")


def test_what_is_missing_is_null_and_never_nan():
    details = {"psi": math.nan, "bounds": {"psi": [0.1, math.inf]}}
    alert = DriftAlert(trigger="feature_psi", severity="warning", timestamp=utc_now(), details=details)
    entropy = EntropyDrift(ref_mean_entropy=math.nan, cur_mean_entropy=0.4, ratio=None, is_flagged=False)
    written = to_json(DriftReport(alerts=[alert], entropy_drift=entropy))
    found = json.loads(written, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    assert found["entropy_drift"]["ref_mean_entropy"] is None
    assert found["alerts"][0]["details"] == {"psi": None, "bounds": {"psi": [0.1, None]}}


def test_a_number_that_may_not_be_missing_is_refused_before_anything_is_written():
    result = FeatureDriftResult(
        feature="a", psi=0.1, ks_statistic=None, ks_p_value=None, is_drifted=False, bounds={"psi": (0.0, math.inf)}
    )
    report = DriftReport(feature_report=FeatureDriftReport(results=[result], flagged_features=[], timestamp=utc_now()))
    with pytest.raises(InvalidInput, match=r"feature_report\.results\.0\.bounds\.psi\.1: .*finite numbers"):
        to_json(report)


def test_details_that_are_not_json_are_refused():
    alert = DriftAlert(trigger="feature_psi", severity="warning", timestamp=utc_now(), details={"rows": object()})
    with pytest.raises(InvalidInput, match="plain values"):
        to_json(DriftReport(alerts=[alert]))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"alerts": 3}', b"\xff\xfe"])
def test_a_document_that_is_no_report_says_which_and_how(content):
    with pytest.raises(CorruptDocument, match=r"reports/x\.json is not a drift report"):
        from_json(content, location="reports/x.json")


def test_the_error_about_a_broken_document_does_not_show_its_values():
    with pytest.raises(CorruptDocument) as raised:
        from_json(b'{"alerts": "secret"}', location="x")
    assert "secret" not in str(raised.value)


def test_a_report_of_an_older_version_is_read():
    assert from_json(b"{}", location="x") == DriftReport()
