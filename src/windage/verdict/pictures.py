"""Pictures of the features that alerts are about."""

from __future__ import annotations

from windage.profiles.picture import picture
from windage.profiles.window import WindowProfile
from windage.vocabulary import TRIGGER_FACTS, DriftReport

MOST_PICTURES = 64


def illustrate(report: DriftReport, reference: WindowProfile, current: WindowProfile) -> DriftReport:
    """The report with a picture of every numeric feature that an alert names; of more than 64, the worst by severity
    and PSI. A feature without finite values in either window has none.
    """
    psi = {each.feature: each.psi or 0.0 for each in report.feature_report.results} if report.feature_report else {}
    alerts = [each for each in report.alerts if TRIGGER_FACTS[each.trigger].of_numbers]
    alerts.sort(
        key=lambda each: (
            each.severity != "critical",
            -max((psi.get(name, 0.0) for name in each.affected_features), default=0.0),
        )
    )
    worst = list(dict.fromkeys(name for each in alerts for name in each.affected_features))[:MOST_PICTURES]
    pictures = {}
    for name in sorted(worst):
        if name in reference.numeric and name in current.numeric:
            before, now = reference.numeric[name], current.numeric[name]
            if before.finite and now.finite:
                pictures[name] = picture(before, now)
    return report.model_copy(update={"pictures": pictures}) if pictures else report
