"""What a silence made at an incident covers is that incident, and its sentence says what else."""

import pytest

from windage.incidents.cover import cover_of
from windage.incidents.from_verdicts import UNKNOWN
from windage.incidents.model import Silence, WindowFinding
from windage.vocabulary import utc_now


def seen(features=(), triggers=("missingness",)):
    return WindowFinding(subjects=("s",), triggers=triggers, severity="critical", headline="h", features=features)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (seen(features=("x",)), "every alert that is only about `x`, not just this incident"),
        (seen(features=("x", "y")), "every alert about missing values in this monitor, not just this incident"),
        (seen(triggers=("frozen", "missingness")), "every alert of this monitor, not just this incident"),
        (UNKNOWN, "every alert about windows that could not be judged in this monitor"),
    ],
)
def test_it_covers_the_incident_and_says_what_else(found, said):
    cover = cover_of(found)
    silence = Silence(
        silence_id="s", monitor="m", feature=cover.feature or None, trigger=cover.trigger or None, until=utc_now(),
        reason="r", by="b", at=utc_now(),
    )  # fmt: skip
    assert silence.covers(found)
    assert said in str(cover.sentence)
