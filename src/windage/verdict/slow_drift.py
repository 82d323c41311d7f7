"""Slow drift, which only a frozen baseline shows: a trailing reference moves along with it."""

from __future__ import annotations

from windage.errors import listed
from windage.verdict.consolidation import first_words
from windage.vocabulary import TRIGGER_FACTS, DriftReport, Window


def slow_drift(against: DriftReport, report: DriftReport, *, baseline: Window | None) -> DriftReport:
    """The report against a frozen baseline, reduced to alerts that can be slow drift and about which the other report
    has none, as warnings."""
    alerted = {(str(each.trigger), *each.affected_features) for each in report.alerts}
    alerted_features = {name for each in report.alerts for name in each.affected_features}
    slow = [
        each.model_copy(update={"severity": "warning", "details": {**each.details, "against": str(baseline)}})
        for each in against.alerts
        if TRIGGER_FACTS[each.trigger].may_be_slow
        and (str(each.trigger), *each.affected_features) not in alerted
        and not alerted_features & set(each.affected_features)
    ]
    return against.model_copy(update={"alerts": slow})


def with_slow_drift(report: DriftReport, slow: DriftReport) -> DriftReport:
    """The report with the alerts and pictures of ``slow_drift``."""
    alerts = [*report.alerts, *slow.alerts]
    count = first_words(len(report.alerts), report.outcomes)
    summary = report.summary.replace(count, f"{len(alerts)} alert(s) raised.", 1)
    what = listed(dict.fromkeys(name for each in slow.alerts for name in each.affected_features or [str(each.trigger)]))
    return report.model_copy(
        update={
            "alerts": alerts,
            "summary": f"{summary} Away from the baseline: {what}.",
            "pictures": {**slow.pictures, **report.pictures},
        }
    )
