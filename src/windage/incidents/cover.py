"""The scope of a silence that is made at an incident: no wider than needed, and stated before it is made."""

from __future__ import annotations

from typing import NamedTuple

from windage.incidents.from_verdicts import UNKNOWN
from windage.incidents.model import WindowFinding
from windage.reports.sentences.text import Name, Sentence, say
from windage.reports.sentences.triggers import wording


class Cover(NamedTuple):
    """What a silence covers: a feature, a trigger, or with neither the whole monitor; ``sentence`` says what else it hides."""

    feature: str
    trigger: str
    sentence: Sentence


def cover_of(seen: WindowFinding) -> Cover:
    """The silence that covers a finding: of its one feature, else of its one trigger, else of everything.

    >>> str(cover_of(WindowFinding(subjects=("feature x",), triggers=("frozen",), severity="critical", headline="", features=("x",))).sentence)
    'This silences every alert that is only about `x`, not just this incident.'
    """
    if len(seen.features) == 1:
        (feature,) = seen.features
        about = say("This silences every alert that is only about ", Name(feature), ", not just this incident.")
        return Cover(feature, "", about)
    if len(seen.triggers) == 1:
        (trigger,) = seen.triggers
        what = "windows that could not be judged" if seen.triggers == UNKNOWN.triggers else wording(trigger).about
        return Cover(
            "", trigger, say(f"This silences every alert about {what} in this monitor, not just this incident.")
        )
    return Cover("", "", say("This silences every alert of this monitor, not just this incident."))
