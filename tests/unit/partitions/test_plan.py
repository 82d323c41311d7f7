"""Which partitions a window is judged from."""

import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from builders import FIRST_DAY, days, monitor, write_day
from windage.errors import CorruptDocument, InvalidInput
from windage.partitions.baselines import Exclusion, Promotion, ReferenceDecisions
from windage.partitions.plan import WindowPlan, data_interval, plan_window
from windage.partitions.plan_document import COMPRESSED, LONGEST_READABLE, from_document, to_document
from windage.vocabulary import PartitionRef, Window


@pytest.fixture
def log(tmp_path):
    for day in range(8):
        if day != 5:
            write_day(tmp_path, day, {"x": [1.0]})
    return tmp_path


def periods(partitions):
    return [each.period for each in partitions]


def test_the_trailing_reference_ends_where_the_current_window_begins(log):
    plan = plan_window(monitor(log), days(4, 5))
    assert (plan.reference, plan.current) == (days(1, 4), days(4, 5))
    assert periods(plan.reference_partitions) == [days(1, 2), days(2, 3), days(3, 4)]
    assert periods(plan.current_partitions) == [days(4, 5)]
    assert plan.missing == ()
    assert not plan.lacks_current


def test_missing_partitions_are_named_in_both_windows(log):
    plan = plan_window(monitor(log), days(5, 6))
    assert (plan.missing, plan.lacks_current) == ((days(5, 6),), True)
    plan = plan_window(monitor(log), days(6, 7))
    assert (plan.missing, plan.lacks_current) == ((days(5, 6),), False)
    assert len(plan.reference_partitions) == 2


def test_what_was_before_the_log_is_not_missing(log):
    plan = plan_window(monitor(log), days(1, 2))
    assert plan.reference == days(-2, 1)
    assert plan.missing == ()
    assert periods(plan.reference_partitions) == [days(0, 1)]


def test_a_wider_current_window(log):
    plan = plan_window(monitor(log, current="2d"), days(4, 5))
    assert (plan.reference, plan.current) == (days(0, 3), days(3, 5))


def test_a_fixed_reference(log):
    fixed = {"start": FIRST_DAY, "end": FIRST_DAY + timedelta(days=2)}
    plan = plan_window(monitor(log, reference=fixed), days(7, 8))
    assert plan.reference == days(0, 2)


def test_a_plan_travels_as_json(log):
    plan = plan_window(monitor(log), days(6, 7))
    assert WindowPlan.model_validate_json(plan.model_dump_json()) == plan


def test_no_partition_at_all(tmp_path):
    plan = plan_window(monitor(tmp_path), days(6, 7))
    assert plan.partitions == ()
    assert len(plan.missing) == 4


def test_the_window_of_a_run():
    assert data_interval(FIRST_DAY, FIRST_DAY + timedelta(days=1)) == days(0, 1)
    with pytest.raises(InvalidInput, match="data interval is empty"):
        data_interval(FIRST_DAY, FIRST_DAY)
    naive = FIRST_DAY.replace(tzinfo=None)
    assert data_interval(naive, FIRST_DAY + timedelta(days=1)) == Window(start=naive, end=FIRST_DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("interval", "current", "judged"),
    [
        (
            Window(start=FIRST_DAY + timedelta(days=4, hours=6), end=FIRST_DAY + timedelta(days=5, hours=6)),
            None,
            days(4, 5),
        ),
        (
            Window(start=FIRST_DAY + timedelta(days=4, hours=6), end=FIRST_DAY + timedelta(days=7, hours=6)),
            None,
            days(4, 7),
        ),
        (
            Window(start=FIRST_DAY + timedelta(days=4, hours=6), end=FIRST_DAY + timedelta(days=5, hours=6)),
            "3d",
            days(2, 5),
        ),
        (
            Window(start=FIRST_DAY + timedelta(days=5, hours=6), end=FIRST_DAY + timedelta(days=5, hours=12)),
            None,
            days(4, 5),
        ),
        (days(4, 5), None, days(4, 5)),
    ],
    ids=["daily at six", "over a weekend", "three days at six", "every six hours", "at midnight"],
)
def test_a_run_judges_the_whole_partitions_that_have_ended_with_its_interval(log, interval, current, judged):
    assert plan_window(monitor(log, current=current), interval).current == judged


def without(window):
    return ReferenceDecisions(exclusions=(Exclusion(window=window, reason="it was broken", by="me", at=FIRST_DAY),))


def test_an_excluded_day_is_no_reference_and_not_missing(log):
    plan = plan_window(monitor(log), days(6, 7), without(days(4, 6)))
    assert periods(plan.reference_partitions) == [days(3, 4)]
    assert plan.missing == ()
    assert plan.excluded == (days(4, 6),)


def test_an_excluded_hour_makes_its_day_no_reference(log):
    hour = Window(start=days(4, 5).start + timedelta(hours=6), end=days(4, 5).start + timedelta(hours=7))
    plan = plan_window(monitor(log), days(6, 7), without(hour))
    assert periods(plan.reference_partitions) == [days(3, 4)]
    assert plan.excluded == (hour,)


def test_a_missing_window_is_missing_though_it_is_excluded_from_references(log):
    assert plan_window(monitor(log), days(5, 6), without(days(5, 6))).lacks_current


def promoted(window):
    return ReferenceDecisions(
        promotions=(Promotion(version=1, window=window, reason="meant", by="me", at=FIRST_DAY, content="x"),)
    )


def test_a_trailing_reference_does_not_reach_behind_a_promoted_baseline(log):
    """From then on, not before, and only where it would have reached further."""
    plan = plan_window(monitor(log), days(6, 7), promoted(days(4, 5)))
    assert (plan.reference, plan.baseline) == (days(4, 6), days(4, 5))
    assert periods(plan.reference_partitions) == [days(4, 5)]
    assert plan.missing == (days(5, 6),)
    assert plan_window(monitor(log), days(4, 5), promoted(days(4, 5))).reference == days(1, 4)
    assert plan_window(monitor(log), days(6, 7), promoted(days(1, 3))).reference == days(3, 6)


def test_a_fixed_reference_stays_as_it_is_beside_a_promoted_baseline(log):
    fixed = {"start": FIRST_DAY, "end": FIRST_DAY + timedelta(days=2)}
    assert plan_window(monitor(log, reference=fixed), days(7, 8), promoted(days(3, 5))).reference == days(0, 2)


def test_a_plan_of_few_partitions_is_handed_over_as_it_is(log):
    plan = plan_window(monitor(log), days(5, 6))
    assert to_document(plan) == plan.model_dump(mode="json")
    assert from_document(to_document(plan)) == plan


def test_a_plan_of_many_partitions_is_compressed_and_no_earlier_windage_takes_it_for_an_empty_one():
    hours = [
        PartitionRef(period=hour, files=(f"/log/{hour.start:%Y-%m-%d/%H}/part-0.parquet",), fingerprint=f"{k:x}" * 8)
        for k, hour in enumerate(days(0, 28).split(timedelta(hours=1)))
    ]
    plan = WindowPlan(monitor="m", reference=days(0, 28), current=days(28, 29), reference_partitions=hours)
    document = to_document(plan)
    assert len(json.dumps(document)) < LONGEST_READABLE < len(plan.model_dump_json())
    assert document["about"] == "m, 2026-03-29 – 2026-03-30: 672 reference and 0 current partitions, 0 missing"
    assert from_document(json.loads(json.dumps(document))) == plan
    with pytest.raises(ValidationError):
        WindowPlan.model_validate(document)


@pytest.mark.parametrize("document", [{"monitor": "m"}, {COMPRESSED: "bm90aGluZw=="}, {COMPRESSED: "é"}])
def test_what_is_no_plan_is_refused_with_what_to_do(document):
    with pytest.raises(
        CorruptDocument, match=r"cannot be read.* Clear task wait_for_partitions, which makes it again\."
    ):
        from_document(document)
