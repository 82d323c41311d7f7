"""Features asked about in batches: the report is what it would be if every check were asked about all of them at once."""

import shutil

import numpy as np
import pyarrow as pa
import pytest

from builders import FIRST_DAY, days, write_day
from daily_log import job_on, rows
from windage.checks import discovered
from windage.judging import feature_batches
from windage.judging.feature_batches import merge_batches
from windage.reports.document import to_json
from windage.spec.log import Log
from windage.vocabulary import CheckResult, Measurement, Outcome

WIDE = {"numeric": ["age", "amount", "zeros", "height", "depth"], "categorical": ["city", "kind", "user_kind"]}
CHECK, ALL = discovered()["numeric_feature"](), discovered()["missingness"]()


@pytest.fixture
def two_a_batch(monkeypatch):
    monkeypatch.setattr(feature_batches, "FEATURES_PER_BATCH", 2)


def wide_rows(day, *, moved=False):
    rng = np.random.default_rng(50 + day)
    frame = rows(day, moved=moved).assign(height=rng.normal(moved, 1, 300), depth=rng.gamma(2, 1, 300))
    frame["city"] = rng.choice(["a", "b", "c"], 300, p=[0.1, 0.2, 0.7] if moved else [0.6, 0.3, 0.1])
    frame["kind"] = rng.choice(["x", "y"], 300)
    frame["user_kind"] = np.where(rng.random(300) < (0.9 if moved else 0.1), None, "z")
    return frame


def wide_job(folder, *, trailing, policy="calibrated"):
    return job_on(folder, 16, log=WIDE, policy=policy, reference={"trailing": f"{trailing}d"})


LAST, TODAY = 16, days(16, 17)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixteen days and one that has moved; their profiles are kept as well."""
    folder = tmp_path_factory.mktemp("wide") / "log"
    for day in range(LAST + 1):
        write_day(folder, day, pa.Table.from_pandas(wide_rows(day, moved=day == LAST), preserve_index=False))
    return folder


@pytest.mark.parametrize(("policy", "n"), [("calibrated", 5), ("calibrated", 16), ("reference", 5)])
def test_tasks_that_ask_about_a_batch_each_report_what_one_process_does(folder, two_a_batch, policy, n):
    """Also of a short reference, of which a prior looks across features."""
    job = wide_job(folder, trailing=n, policy=policy)
    plan = job.plan(TODAY)
    answers = [
        wide_job(folder, trailing=n, policy=policy).measure(check.name, plan, batch=batch).model_dump_json()
        for check in job.spec.checks_to_run()
        for batch in range(len(feature_batches.feature_batches(check, job.spec.log)))
    ]
    assert len(answers) > len(job.spec.checks_to_run())
    last_first = [CheckResult.model_validate_json(each) for each in reversed(answers)]
    results = merge_batches(last_first, job.spec.checks_to_run(), log=job.spec.log)
    assert results == job.answers(plan, job.windows(plan))
    expected = job.judge(TODAY, at=FIRST_DAY)
    assert {"height", "zeros"} <= {name for alert in expected.alerts for name in alert.affected_features}
    assert to_json(job.conclude(plan, results, at=FIRST_DAY)) == to_json(expected)
    (features,) = [each for each in results if each.check == "numeric_feature"]
    assert job.measure("numeric_feature", plan) == features


@pytest.mark.parametrize("n", [5, 16])
def test_batches_measure_what_is_measured_all_at_once(folder, monkeypatch, n):
    job = wide_job(folder, trailing=n)
    plan = job.plan(TODAY)
    at_once = job.answers(plan, job.windows(plan))
    monkeypatch.setattr(feature_batches, "FEATURES_PER_BATCH", 2)
    for found, expected in zip(job.answers(plan, job.windows(plan)), at_once, strict=True):
        assert found.check == expected.check
        assert [each.subject for each in found.measurements] == [each.subject for each in expected.measurements]
        for one, other in zip(found.measurements, expected.measurements, strict=True):
            apart, together = one.values.pop("ks_p_value", None), other.values.pop("ks_p_value", None)
            assert apart == together or apart == pytest.approx(together, rel=1e-10)
            assert one.values == other.values


def test_a_promoted_baseline_is_asked_about_in_batches_as_well(folder, tmp_path, monkeypatch):
    shutil.copytree(folder.parent, tmp_path, dirs_exist_ok=True)  # what is promoted there is no other test's baseline
    job = wide_job(tmp_path / "log", trailing=5)
    early = days(0, 6)
    job.decisions.promote(early, job.partitions(early), reason="as it should be", by="ann", at=early.end)
    plan = job.plan(TODAY)
    assert len(plan.baseline_partitions) == 6
    at_once = job.conclude(plan, [], at=FIRST_DAY)
    assert {"height", "amount"} <= {name for alert in at_once.alerts for name in alert.affected_features}
    monkeypatch.setattr(feature_batches, "FEATURES_PER_BATCH", 2)
    found = job.conclude(plan, [], at=FIRST_DAY)
    assert [(each.trigger, each.affected_features) for each in found.alerts] == [
        (each.trigger, each.affected_features) for each in at_once.alerts
    ]


def test_a_column_that_is_gone_is_an_error_in_its_batch_alone(log, two_a_batch):
    frames = [*map(wide_rows, range(5)), wide_rows(5).drop(columns="amount")]
    job = wide_job(log(*frames), trailing=5)
    outcome = job.judge(days(5, 6)).outcomes["numeric_feature"]
    assert outcome.outcome is Outcome.error
    assert outcome.errors.keys() == {"amount"}


LOG = Log(location="x/{start:%Y-%m-%d}", numeric=("a", "b", "c"), categorical=("d", "e"), label="l")


def test_only_checks_of_columns_are_asked_about_in_batches_and_only_what_they_ask_about(two_a_batch):
    batches = {name: feature_batches.feature_batches(kind, LOG) for name, kind in discovered().items()}
    assert batches["numeric_feature"] == batches["value_range"] == [("a", "b"), ("c",)]
    assert batches["missingness"] == [("a", "b"), ("c", "d"), ("e", "predicted label", "confidence", "user")]
    assert {name for name, each in batches.items() if len(each) > 1} == {
        "numeric_feature",
        "value_range",
        "missingness",
    }


def test_a_narrow_log_is_a_single_hand():
    assert {len(feature_batches.feature_batches(kind, LOG)) for kind in discovered().values()} == {1}


def answer(batch, *names, **about):
    return CheckResult(check="missingness", batch=batch, measurements=[Measurement(subject=n) for n in names], **about)


def test_batches_come_together_in_the_logs_order_whoever_was_first(two_a_batch):
    (found,) = merge_batches([answer(2, "e"), answer(0, "a", "b"), answer(1, "c", "d")], [CHECK, ALL], log=LOG)
    assert (found.check, found.batch) == ("missingness", None)
    assert [each.subject for each in found.measurements] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("left", [[0], [0, 1], [1, 2], [0, 0, 1]])
def test_a_batch_that_is_missing_is_an_error_and_not_fewer_features(two_a_batch, left):
    (found,) = merge_batches([answer(batch, "a") for batch in left], [ALL], log=LOG)
    assert found.error == f"{3 - len(set(left))} of the 3 tasks that run it left no result"
    assert found.measurements == ()


def test_a_batch_that_broke_breaks_the_check(two_a_batch):
    (found,) = merge_batches([answer(0, "a", "b"), answer(1, error="it broke"), answer(2, "e")], [ALL], log=LOG)
    assert (found.error, found.measurements) == ("it broke", ())


@pytest.mark.parametrize(("last", "lacking"), [([], "user with 10 rows"), (["e"], None)])
def test_a_check_that_no_batch_could_be_asked_is_not_run(two_a_batch, last, lacking):
    nothing = {"lacking": "user with 10 rows"}
    given = [answer(0, **nothing), answer(1, **nothing), answer(2, *last, **({} if last else nothing))]
    (found,) = merge_batches(given, [ALL], log=LOG)
    assert (found.lacking, [each.subject for each in found.measurements]) == (lacking, last)
