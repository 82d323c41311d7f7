"""The table of features in a terminal has the rows of the page's, in the same order."""

import io
from datetime import UTC, datetime

from rich.console import Console

from windage.cli.views.feature_table import feature_table
from windage.reports.tables import feature_rows
from windage.vocabulary import DriftAlert, DriftReport, DriftTrigger, FeatureDriftReport, FeatureDriftResult

AT = datetime(2026, 3, 2, tzinfo=UTC)


def result(feature: str, psi: float | None, *, drifted: bool = False) -> FeatureDriftResult:
    return FeatureDriftResult(feature=feature, psi=psi, ks_statistic=psi, ks_p_value=psi, is_drifted=drifted)


def alert(feature: str, severity: str, trigger: DriftTrigger = DriftTrigger.feature_ks) -> DriftAlert:
    return DriftAlert(trigger=trigger, severity=severity, affected_features=[feature], details={}, timestamp=AT)


REPORT = DriftReport(
    alerts=[
        alert("speed", "warning"),
        alert("height", "critical"),
        alert("colour", "critical", DriftTrigger.missingness),
    ],
    feature_report=FeatureDriftReport(
        results=[
            result("age", 0.02),
            result("empty", None),
            result("width", 0.03),
            result("height", 0.1, drifted=True),
            result("speed", 0.9, drifted=True),
        ],
        flagged_features=["height", "speed"],
        timestamp=AT,
        unknown={"short": "too few rows"},
    ),
)


def shown() -> list[list[str]]:
    console = Console(file=io.StringIO(), width=100)
    console.print(feature_table(REPORT, width=100))
    return [line.split() for line in console.file.getvalue().splitlines()[2:] if line.strip()]


def test_what_an_alert_names_comes_first_and_critical_ones_before_others():
    in_order = ["height", "colour", "speed", "empty", "short", "width", "age"]
    assert [row.name for row in feature_rows(REPORT)] == in_order
    assert [line[1] for line in shown()] == in_order


def test_a_feature_without_any_distance_is_not_called_fine():
    marks = {line[1]: line[0] for line in shown()}
    assert marks["empty"] == marks["short"] != marks["age"]
