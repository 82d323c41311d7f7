"""Gates tried on what is kept say what a replay from profiles says, and name what a monitor's file must say."""

from datetime import timedelta

import pytest
import yaml

from builders import FIRST_DAY
from daily_log import job_on, rows
from windage.errors import InvalidInput
from windage.history.keeping import keep_window
from windage.history.replay import Replay, compared, judged
from windage.history.store import HistoryStore
from windage.history.trial import as_yaml, gates_in_force, tried, with_gates
from windage.policy import CalibratedPolicy, ReferencePolicy
from windage.spec.model import MonitorSpec
from windage.store.database import Database
from windage.vocabulary import Window

DAY = timedelta(days=1)


@pytest.fixture
def lived(log, tmp_path):
    """A fortnight of which the last days moved, judged and kept."""
    job = job_on(log(*(rows(day, moved=day > 11) for day in range(14))), None, reference={"trailing": "6d"})
    job.spec = job.spec.model_copy(update={"policy": CalibratedPolicy()})
    history = HistoryStore(Database(f"sqlite:///{tmp_path}/w.db"))
    return job, history


def test_a_trial_is_a_replay_without_profiles(lived):
    job, history = lived
    period = Window(start=FIRST_DAY + 10 * DAY, end=FIRST_DAY + 14 * DAY)
    replay = Replay(job)
    plans = replay.plans(period)
    for plan in plans:
        windows = job.windows(plan)
        results = job.answers(plan, windows)
        report = job.conclude(plan, results, windows)
        keep_window(history._database, job, plan, results, report, location="x")
    changed = with_gates(job.spec, gates={"feature_ks.warning": 2.0, "feature_ks.critical": 2.0})
    measured = replay.measured(plans, [job.spec.policy, changed])
    checks = job.spec.checks_to_run()
    expected = compared(job.spec.monitor, judged(measured, checks, job.spec.policy), judged(measured, checks, changed))
    assert tried(history, job.spec, changed, period) == expected
    assert expected.windows == 4
    assert expected.present.alerting
    assert expected.present.triggers["feature_ks"]
    assert "feature_ks" not in expected.changed.triggers


def spec(policy):
    return MonitorSpec.model_validate(
        {
            "monitor": "m",
            "start": "2026-01-01",
            "log": {"location": "log/{start:%Y-%m-%d}", "numeric": ["x"]},
            "reference": {"trailing": "7d"},
            "policy": policy,
        }
    )


def test_gates_say_what_a_file_sets_and_what_is_judged_by():
    own = spec({"limits": {"feature_ks": {"critical": 0.4}}, "critical_scale": 2.0})
    gates = {(each.name, each.statistic): each for each in gates_in_force(own)}
    ks = gates["feature_ks.critical", "effect_least"]
    assert (ks.base, ks.limit, ks.default, ks.p_below, ks.can_be_set) == (0.4, 0.8, 0.3, 1e-4, True)
    assert gates["frozen.critical", "frozen"].yes_or_no
    assert not ks.yes_or_no
    assert not gates["row_volume.warning", "ratio"].can_be_set  # too few rows and too many share one setting


def test_one_number_cannot_be_set_for_two_gates():
    with pytest.raises(ValueError, match=r"row_volume\.warning cannot be set\. Gates of row_volume to set: critical"):
        CalibratedPolicy(limits={"row_volume": {"warning": 0.4}})
    policy = CalibratedPolicy(limits={"missingness": {"critical": 0.5}})
    limits = {
        each.statistic: each.limit for each in gates_in_force(spec(policy)) if each.name == "missingness.critical"
    }
    assert limits == {"all_missing": 0.98, "rise_least": 0.5}


def test_what_was_tried_can_be_written_into_a_file():
    changed = with_gates(spec({}), gates={"feature_ks.warning": 0.1}, critical_scale=1.5)
    assert spec(yaml.safe_load(as_yaml(changed))["policy"]).policy == changed


@pytest.mark.parametrize("gates", [{"feature_ks.urgent": 1.0}, {"nonsense": 1.0}, {"row_volume.warning": 0.1}])
def test_a_gate_that_is_none_is_refused(gates):
    with pytest.raises(InvalidInput, match="Invalid gates"):
        with_gates(spec({}), gates=gates)


def test_fixed_limits_are_no_gates_to_try():
    with pytest.raises(InvalidInput, match="policy reference"):
        with_gates(spec(ReferencePolicy()), gates={})
    assert not any(each.can_be_set for each in gates_in_force(spec(ReferencePolicy())))
