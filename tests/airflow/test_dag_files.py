"""A folder of monitor files as DAGs: light to parse, whole when one file is broken, safe to serialize."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
HEAVY = [
    "pandas",
    "scipy",
    "pyarrow",
    "matplotlib",
    "alembic",
    "windage.judging.job",
    "windage.store.database",
]


def test_the_dag_file_and_the_plugin_are_light_to_import():
    program = f"""
import importlib.util, json, sys
for name in ("dags/windage_monitors.py", "plugins/windage_plugin.py"):
    spec = importlib.util.spec_from_file_location("loaded", name)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    if "windage_monitors" in name:
        import airflow.sdk
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_the_plugin_alone_imports_no_web_framework():
    program = "import windage.airflow.plugin, sys; print('fastapi' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_airflow_finds_the_dags_of_the_repository(airflow):
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(REPOSITORY / "dags"))
    assert bag.import_errors == {}
    assert "flights" in bag.dag_ids


def test_a_broken_file_tells_whom_it_can_and_what_waits_goes_out(tmp_path):
    from windage.airflow.dag import monitor_dags

    (tmp_path / "m.yaml").write_text(
        "monitor: m\nstrat: 2026-01-01\non_call:\n  - {kind: email, to: [a@b.c]}\n  - {kind: emial, to: [a@b.c]}\n"
    )
    dags = monitor_dags(tmp_path)
    assert set(dags) == {"m", "windage_deliveries"}
    (notifier,) = dags["m"].on_failure_callback
    assert [each.kind for each in notifier.channels] == ["email"]


@pytest.mark.parametrize(
    ("asked", "others"),
    [
        ("a", {"b"}),
        ("b", {"a"}),
        ("windage_history_b", {"a"}),
        ("sick", {"a", "b"}),
        ("windage_deliveries", {"a", "b"}),
    ],
)
def test_the_process_of_a_task_builds_the_dags_of_its_own_monitor_alone(tmp_path, monkeypatch, asked, others):
    """Each task parses the file, which with hundreds of monitors takes seconds."""
    from windage.airflow.dag import monitor_dags

    rest = "start: 2026-01-01\nreference: {trailing: 28d}\nlog: {location: 'log/{start:%Y-%m-%d}', numeric: [a]}\n"
    (tmp_path / "1.yaml").write_text(f"# first\nmonitor: a\n{rest}on_call: [{{kind: webhook, connection: x}}]\n")
    (tmp_path / "2.yaml").write_text(f"{rest}monitor: 'b'  # second\n")
    (tmp_path / "3.yaml").write_text(f"monitor: sick\nstrat: 1\n{rest}")
    every = monitor_dags(tmp_path).keys()
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", asked)  # as Airflow's task runner does
    own = monitor_dags(tmp_path).keys()
    assert {asked} <= own <= every
    assert not own & others
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "of another file")
    assert monitor_dags(tmp_path).keys() == every


def test_a_channel_that_cannot_be_imported_takes_no_monitor_with_it_but_those_that_name_it(tmp_path):
    about = tmp_path / "site" / "others-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[windage.channels]\npigeon = nowhere.to_be_found:Pigeon\n")
    rest = "start: 2026-01-01\nreference: {trailing: 28d}\nlog: {location: 'log/{start:%Y-%m-%d}', numeric: [a]}\n"
    (tmp_path / "calm.yaml").write_text(f"monitor: calm\n{rest}on_call: [{{kind: webhook, connection: x}}]\n")
    (tmp_path / "sick.yaml").write_text(f"monitor: sick\n{rest}on_call: [{{kind: pigeon, connection: x}}]\n")
    program = f"""
import json, sys
sys.path.insert(0, {str(tmp_path / "site")!r})
from windage.airflow.dag import monitor_dags
from windage.airflow.dags.broken import BROKEN
found = monitor_dags({str(tmp_path)!r})
print(json.dumps({{name: dag.doc_md if BROKEN in dag.tags else None for name, dag in found.items()}}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    dags = json.loads(done.stdout.splitlines()[-1])
    why = dags.pop("sick")
    assert "sick.yaml:5 on_call.0: the channel 'pigeon' cannot be imported from nowhere.to_be_found:Pigeon" in why
    assert {"calm", "windage_deliveries"} <= dags.keys()
    assert set(dags.values()) == {None}


def test_no_password_of_a_monitors_file_is_shown(tmp_path):
    from windage.airflow.dag import monitor_dags

    log = "start: 2026-01-01\nreference: {trailing: 28d}\nlog: {location: 'log/{start:%Y-%m-%d}', numeric: [a]}\n"
    for name, kind in {"good": "postgresql", "bad": "mysql"}.items():
        queue = f"labeling: {{queue: '{kind}://bob:hunter2@db/q'}}\n"
        (tmp_path / f"{name}.yaml").write_text(f"monitor: {name}\n{log}{queue}")
    dags = monitor_dags(tmp_path)
    assert "postgresql://bob:***@db/q" in dags["good"].doc_md
    assert "mysql://bob:***@db/q" in dags["bad"].doc_md
    (fails,) = dags["bad"].tasks
    assert "hunter2" not in f"{dags['bad'].description} {fails.doc_md} {fails.fault}"


def test_callbacks_of_mapped_tasks_are_the_same_text_in_every_parse():
    from airflow.serialization.serialized_objects import DagSerialization

    from windage.airflow.dags.late_data import late_data_dag
    from windage.spec.load import parse_monitor

    class Pager:
        def __call__(self, context):
            return context

    text = "monitor: m\nstart: 2026-01-01\nreference: {trailing: 28d}\nlog: {location: 'log/{start:%Y-%m-%d}', numeric: [a]}\n"
    spec = parse_monitor(text, name="m.yaml")
    parsed = [DagSerialization.to_dict(late_data_dag(spec, on_critical=[Pager()])) for _ in range(2)]
    assert json.dumps(parsed[0]) == json.dumps(parsed[1])
    assert "Pager" in json.dumps(parsed[0])


def test_a_dag_survives_serialization_and_shows_its_file(monitors):
    from airflow.serialization.serialized_objects import DagSerialization

    dag = monitors.dag()
    document = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    assert set(DagSerialization.from_dict(document).task_dict) == set(dag.task_dict)
    assert "trailing: 5d" in dag.doc_md
    assert dag.timetable.__class__.__name__ == "CronDataIntervalTimetable"


def test_a_changed_limit_is_a_new_version_of_the_dag(monitors):
    from airflow.serialization.serialized_objects import DagSerialization

    before = DagSerialization.to_dict(monitors.dag())
    after = DagSerialization.to_dict(monitors.dag(policy={"psi_threshold": 0.3}))
    assert before["dag"]["doc_md"] != after["dag"]["doc_md"]


def test_one_leaf_watches_every_step_that_may_fail(monitors):
    dag = monitors.dag()
    (leaf,) = dag.leaves
    watched = leaf.upstream_task_ids
    assert {"enqueue_labels", "announce_critical", "write_report", "append_telemetry", "update_incidents"} < watched
    assert "call_on_call" not in watched  # a receiver that is down is told later, and takes nothing from the verdict
    assert {task for task in dag.task_ids if task.startswith("checks.")} < watched
    assert all(task.doc_md for task in dag.tasks if task.task_id.startswith("checks."))


def test_a_broken_file_keeps_its_dag_fails_loudly_and_takes_no_other_with_it(run, monitors, receiver):
    from windage.airflow.dag import monitor_dags
    from windage.airflow.dags.broken import BROKEN

    monitors.dag()
    channel = "on_call: [{kind: webhook, connection: pager}]"
    (monitors.folder / "sick.yaml").write_text(f"monitor: sick_{monitors.name}\nstrat: 2026-01-01\n{channel}\n")
    (monitors.folder / "torn.yaml").write_text("monitor: [")
    (monitors.folder / "twin.yaml").write_text(monitors.text())
    (monitors.folder / "when.yaml").write_text(monitors.text(monitor="when", schedule="every full moon"))
    dags = monitor_dags(monitors.folder)

    broken = {name for name, dag in dags.items() if BROKEN in dag.tags}
    assert broken == {f"sick_{monitors.name}", "torn", "twin", "when"}
    assert dags[monitors.name].has_task("consolidate")
    sick = dags[f"sick_{monitors.name}"]
    assert "sick.yaml:2 strat: unknown key. Did you mean 'start'?" in sick.doc_md
    ended = run(sick)
    assert ended.state == "failed"
    assert receiver.received[0]["event"] == "broken"


def test_of_two_files_of_one_monitor_the_first_keeps_all_its_dags(tmp_path, monitors):
    from windage.airflow.dag import monitor_dags
    from windage.airflow.dags.broken import BROKEN

    (tmp_path / "a.yaml").write_text(monitors.text(owner="ann"))
    (tmp_path / "b.yaml").write_text(monitors.text(owner="bob"))
    dags = monitor_dags(tmp_path)
    kept = {name: dag.default_args["owner"] for name, dag in dags.items() if BROKEN not in dag.tags}
    beside = {f"windage_{each}_{monitors.name}": "ann" for each in ("late", "history", "labels")}
    assert kept == {monitors.name: "ann", **beside}
    assert f"b.yaml: monitor '{monitors.name}' is already defined in a.yaml. Rename one." in dags["b"].doc_md


@pytest.mark.parametrize("text", ["", "- a list", "monitor: 'not/a name'", "monitor: 7", "\x00"])
def test_whatever_is_in_a_file_it_becomes_a_dag(tmp_path, text):
    from windage.airflow.dag import monitor_dags

    (tmp_path / "odd name.yml").write_text(text)
    assert len(monitor_dags(tmp_path)) == 1


def test_the_plugin_is_loaded_once_and_without_errors(tmp_path):
    """Installed and in a plugins folder as well, as in the repository's own deployment."""
    program = """
from airflow import plugins_manager
from airflow.sdk import plugins_manager as sdk
found, errors = plugins_manager._get_plugins()
print([plugin.name for plugin in found].count("windage"), dict(errors))
"""
    environment = {
        "PATH": "/usr/bin:/bin",
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 {}"


def test_airflow_knows_the_settings_and_notifiers(airflow):
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    assert "windage.airflow.notifiers.DriftNotifier" in manager.notification
    assert "windage" in dict(manager.provider_configs)


def test_the_provider_names_modules_that_hold_what_it_says(airflow):
    from importlib import import_module

    from airflow.sdk import BaseOperator, BaseSensorOperator

    from windage.airflow.provider import get_provider_info

    told = get_provider_info()
    for kind, base in {"operators": BaseOperator, "sensors": BaseSensorOperator}.items():
        for name in told[kind][0]["python-modules"]:
            held = vars(import_module(name)).values()
            assert any(
                isinstance(each, type) and issubclass(each, base) and each.__module__ == name for each in held
            ), name
