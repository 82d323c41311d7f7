"""An import may point up the list of layers, never down; and what every module owes the next reader."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "windage"
LAYERS = (
    "avx512",
    "masking",
    "errors",
    "faults",
    "extensions",
    "cores",
    "files",
    "locks",
    "vocabulary",
    "arrays",
    "stats",
    "profiles",
    "evidence",
    "checks",
    "policy",
    "verdict",
    "message",
    "selection",
    "spec",
    "partitions",
    "store",
    "telemetry",
    "reports",
    "labeling",
    "incidents",
    "monitor",
    "drift",
    "judging",
    "history",
    "demo",
    "cli",
    "airflow",
)
MODULES = sorted(SOURCE.rglob("*.py"))
NAMES = [str(path.relative_to(SOURCE)) for path in MODULES]


def layer(path):
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@cache
def imported(path):
    """Every module that a file imports, also inside functions."""
    return list(_imported(path))


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layers_imported(path):
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "windage" and len(parts) > 1 and parts[1] in LAYERS:
            yield parts[1]


def test_every_folder_and_module_has_its_layer():
    assert {layer(path) for path in MODULES} - {"__init__", "__main__"} == set(LAYERS)


def test_the_document_of_the_architecture_lists_the_same_layers():
    text = (SOURCE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"```\nsrc/windage/\n(.*?)```", text, re.DOTALL)
    assert tuple(line.split()[0] for line in listed.splitlines()) == LAYERS


def test_imports_point_up_the_list_of_layers():
    for path in MODULES:
        if layer(path) in LAYERS:
            below = LAYERS[LAYERS.index(layer(path)) + 1 :]
            assert not set(below) & set(layers_imported(path)), path


def test_only_the_airflow_folder_imports_airflow():
    for path in MODULES:
        if layer(path) != "airflow":
            assert not [name for name in imported(path) if name.split(".")[0] == "airflow"], path


def test_channels_know_no_operators_and_operators_no_dags():
    order = ("channels", "operators", "dags")
    for place, folder in enumerate(order):
        below = tuple(f"windage.airflow.{each}" for each in order[place + 1 :])
        for path in (SOURCE / "airflow" / folder).glob("*.py"):
            assert not [name for name in imported(path) if name.startswith(below)], path


def test_no_command_imports_another():
    for path in (SOURCE / "cli" / "commands").glob("*.py"):
        assert not [name for name in imported(path) if name.startswith("windage.cli.commands")], path


def test_mathematics_has_heard_of_nothing_else():
    for path in MODULES:
        if layer(path) == "stats":
            assert {name.split(".")[0] for name in imported(path)} - {"windage"} <= {
                "__future__", "collections", "dataclasses", "functools", "itertools", "math", "statistics", "typing", "numpy", "scipy", "sklearn", "threadpoolctl",
            }, path  # fmt: skip


def test_a_process_takes_no_cores_that_are_not_its_own():
    for path in MODULES:
        assert layer(path) == "cores" or "cpu_count" not in path.read_text(encoding="utf-8"), path


def test_each_kind_of_array_has_one_name():
    for path in MODULES:
        named = re.search(r"NDArray\[np\.(float64|int64|bool_|object_)\]", path.read_text(encoding="utf-8"))
        assert layer(path) == "arrays" or not named, path


def test_a_module_says_what_it_is_and_stays_readable():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        if text.strip():
            assert ast.get_docstring(ast.parse(text)), f"{path} does not begin with what it is for"
        assert len(text.splitlines()) <= 400, path
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", text), path


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "manager", "misc"])
def test_no_module_is_named_for_nothing(word):
    assert not [name for name in NAMES if word in Path(name).stem.split("_")]
