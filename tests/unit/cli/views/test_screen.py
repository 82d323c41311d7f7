import pytest

from windage.cli.exit_codes import of_report
from windage.cli.views.screen import bar, shape
from windage.vocabulary import CheckOutcome, DriftReport, Outcome, Window


@pytest.mark.parametrize(
    ("share", "drawn"), [(0, ""), (1e-9, "▏"), (0.5, "██"), (0.53125, "██▏"), (1, "████"), (7, "████"), (-1, "")]
)
def test_a_bar_shows_its_share(share, drawn):
    assert bar(share, 4) == drawn


@pytest.mark.parametrize(
    ("shares", "drawn"),
    [([], ""), ([0, 0], "  "), ([0, 1, 2, 4], " ▂▄█"), ([1, 1, 0, 0, 2, 2], "▄ █"), ([0.001, 1], "▁█")],
)
def test_a_shape_is_a_small_histogram(shares, drawn):
    assert shape(shares, 4) == drawn


def report(*outcomes: CheckOutcome, critical: bool = False, **fields) -> DriftReport:
    return DriftReport(outcomes={str(n): each for n, each in enumerate(outcomes)}, any_critical=critical, **fields)


DAY = Window.model_validate({"start": "2013-03-08", "end": "2013-03-09"})
EARLIER = Window.model_validate({"start": "2013-03-07", "end": "2013-03-08"})


@pytest.mark.parametrize(
    ("judged", "code"),
    [
        (report(CheckOutcome(outcome=Outcome.ok)), 0),
        (report(CheckOutcome(outcome=Outcome.alert)), 0),
        (report(CheckOutcome(outcome=Outcome.alert), critical=True), 1),
        (report(CheckOutcome(outcome=Outcome.error), critical=True), 1),
        (report(CheckOutcome(outcome=Outcome.ok), CheckOutcome(outcome=Outcome.unknown)), 2),
        (report(CheckOutcome(outcome=Outcome.error)), 2),
        (report(CheckOutcome(outcome=Outcome.alert, unknown={"a": "too few rows"})), 2),
        (report(CheckOutcome(outcome=Outcome.alert, errors={"a": "no numbers"})), 2),
        (report(), 2),
        (report(CheckOutcome(outcome=Outcome.ok), current_window=DAY, missing_partitions=[DAY]), 2),
        (report(CheckOutcome(outcome=Outcome.ok), current_window=DAY, missing_partitions=[EARLIER]), 0),
    ],
)
def test_the_exit_code_never_calls_quiet_what_was_not_judged(judged, code):
    assert of_report(judged) == code
