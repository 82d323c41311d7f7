"""Builders of window verdicts, by default of the monitor ``m``, and of their findings."""

from histories import window
from windage.incidents.model import WindowFinding, WindowVerdict
from windage.vocabulary import Outcome


def seen(*features, severity="warning", critical=None):
    """A finding on features, all of them critical or none, or those in ``critical`` alone."""
    subjects = tuple(f"feature {each}" for each in features)
    own = subjects if critical is None else tuple(f"feature {each}" for each in critical)
    return WindowFinding(
        subjects=subjects,
        critical=own if severity == "critical" else (),
        triggers=("feature_ks",),
        severity=severity,
        headline=f"{features[0]} moved",
        features=features,
    )


def verdict(day, *findings, outcome=None, monitor="m"):
    judged = outcome or (Outcome.alert if findings else Outcome.ok)
    return WindowVerdict(monitor=monitor, window=window(day), outcome=judged, findings=findings)
