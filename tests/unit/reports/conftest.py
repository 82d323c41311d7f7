"""A real report (tests/unit/reports/sample_report.json: a snow storm over New York) and reports made from it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import strategies as st

from windage.reports.document import from_json
from windage.vocabulary import DriftAlert, DriftReport, FeatureDriftReport, FeatureDriftResult

SAMPLE = Path(__file__).with_name("sample_report.json")
AT = datetime(2013, 3, 9, 1, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</code></bdi></style><b>",
    "x" * 300,
    "مرحبا \u202e evil \u2066",
    "a|b`c``d\\|*e*_f_\n# g\r\n- h",
    "[x](javascript:alert(1)) ![y](z) <http://a> &amp; &#60;",
    "{{ 7 * 7 }} {% raw %}",
    "$\\frac{1}{",
    "\x00\x1b[31m",
    " ",
]


@pytest.fixture(scope="session")
def sample() -> DriftReport:
    return from_json(SAMPLE.read_bytes(), location=SAMPLE)


@pytest.fixture(scope="session")
def lean(sample: DriftReport) -> DriftReport:
    """The report with one of its pictures, which take most of the time of a page."""
    return sample.model_copy(update={"pictures": {"dewp": sample.pictures["dewp"]}})


@pytest.fixture(scope="session")
def wide(sample: DriftReport) -> DriftReport:
    """A report on 500 features, of which 167 moved and 64 have a picture, and on 40 more that could not be judged."""
    results = [
        FeatureDriftResult(
            feature=f"sensor_{i:03}_mean_over_15_minutes",
            psi=(i % 97) / 60,
            ks_statistic=(i % 89) / 120,
            ks_p_value=10.0 ** -(i % 40),
            is_drifted=i % 3 == 0,
        )
        for i in range(500)
    ]
    moved = [each for each in results if each.is_drifted]
    alerts = [
        DriftAlert(
            trigger="feature_psi",
            severity="warning",
            timestamp=AT,
            affected_features=[each.feature],
            affected_user_ids=[f"user-{i}" for i in range(50)],
            details={**each.model_dump(include={"feature", "psi", "ks_statistic", "ks_p_value"}), "limit": 0.2},
        )
        for each in moved
    ]
    features = FeatureDriftReport(
        results=results,
        flagged_features=[each.feature for each in moved],
        timestamp=AT,
        unknown={f"dead_{i}": "too few rows" for i in range(40)},
    )
    picture = sample.pictures["dep_delay"]
    pictures = {each.feature: picture for each in moved[:64]}
    return sample.model_copy(
        update={"feature_report": features, "alerts": alerts, "pictures": pictures, "any_critical": False}
    )


@pytest.fixture(scope="session")
def hostile_text() -> st.SearchStrategy[str]:
    """Names that an attacker or an accident might produce."""
    return st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=80)
