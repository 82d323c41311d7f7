"""Builders of window verdicts, by default of the monitor ``m``, and of their findings."""

from histories import window
from windage.incidents.model import WindowFinding, WindowVerdict
from windage.vocabulary import Outcome


def seen(*features, severity="warning"):
    return WindowFinding(
        subjects=tuple(f"feature {each}" for each in features),
        triggers=("feature_ks",),
        severity=severity,
        headline=f"{features[0]} moved",
        features=features,
    )


def verdict(day, *findings, outcome=None, monitor="m"):
    judged = outcome or (Outcome.alert if findings else Outcome.ok)
    return WindowVerdict(monitor=monitor, window=window(day), outcome=judged, findings=findings)
