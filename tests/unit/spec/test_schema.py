"""The JSON Schema that editors use accepts what the loader accepts and refuses what it refuses."""

from datetime import date, datetime
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from windage.checks import discovered
from windage.errors import SpecError
from windage.spec import MonitorSpec, json_schema, load_monitor
from windage.spec.load import parse_monitor

SHIPPED = sorted((Path(__file__).parents[3] / "dags" / "monitors").glob("*.yaml"))
VALIDATOR = Draft202012Validator(json_schema())


def as_json(value):
    """YAML's dates as the text that they stand for."""
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def test_the_schema_is_one():
    Draft202012Validator.check_schema(json_schema())


def test_there_are_shipped_monitors():
    assert SHIPPED


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_the_shipped_monitors_are_valid(file):
    VALIDATOR.validate(as_json(yaml.safe_load(file.read_text())))
    spec = load_monitor(file)
    assert spec.checks_to_run()
    assert MonitorSpec.model_validate_json(spec.model_dump_json()) == spec


GOOD = {
    "monitor": "m",
    "start": "2026-03-01",
    "log": {"location": "{start:%Y-%m-%d}", "numeric": ["x"], "label": "l"},
    "reference": {"trailing": "28d"},
}


def changed(**changes):
    return {**GOOD, **changes}


@pytest.mark.parametrize(
    "document",
    [
        GOOD,
        changed(checks=None),
        changed(checks={"numeric_feature": None, "reject_rate": {"reject_label": "?"}}),
        changed(checks={"defaults": None, "numeric_feature": False}),
        changed(resolution=None),
        changed(policy={"preset": "reference", "psi_threshold": 0.3}),
        changed(policy="reference"),
        changed(policy={"input_level": 0.01}),
        changed(reference={"start": "2026-01-01", "end": "2026-02-01"}),
        changed(waiting={"up_to": "0m"}),
        changed(current="7d"),
        changed(on_call=[{"kind": "webhook", "connection": "c"}, {"kind": "email", "to": ["a@example.org"]}]),
    ],
)
def test_what_both_accept(document):
    VALIDATOR.validate(document)
    parse_monitor(yaml.safe_dump(document), name="m.yaml")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {key: value for key, value in GOOD.items() if key != "log"},
        changed(surprise=1),
        changed(monitor="../x"),
        changed(monitor=""),
        changed(monitor="windage_late_m"),
        changed(resolution=1),
        changed(checks={"entropi": {}}),
        changed(checks={"numeric_feature": {"bins": 1}}),
        changed(checks={"numeric_feature": {"bin": 10}}),
        changed(checks={"class_shift": True}),
        changed(checks=["class_shift"]),
        changed(policy={"preset": "strict"}),
        changed(policy={"psi_threshold": 0.3}),
        changed(policy={"ks_alpha": 0}),
        changed(log={**GOOD["log"], "lable": "l"}),
        changed(log={**GOOD["log"], "location": ""}),
        changed(log={**GOOD["log"], "numeric": "x"}),
        changed(log={**GOOD["log"], "every": "1 day"}),
        changed(log={**GOOD["log"], "every": 0}),
        changed(log={**GOOD["log"], "every": "0h"}),
        changed(reference={"trailing": 28}),
        changed(labeling={"limit": -1}),
        changed(on_call=[{"kind": "pigeon"}]),
        changed(on_call=[{"kind": "email", "to": []}]),
    ],
    ids=str,
)
def test_what_both_refuse(document):
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(SpecError):
        parse_monitor(yaml.safe_dump(document), name="m.yaml")


def described(schema, path=()):
    for name, field in schema.get("properties", {}).items():
        yield (*path, name), field
    for name, definition in schema.get("$defs", {}).items():
        yield from described(definition, (name,))


def test_every_key_is_described():
    undescribed = [
        ".".join(path)
        for path, field in described(json_schema())
        if not field.get("description") and not {"$ref", "allOf", "const"} & field.keys()
    ]
    assert undescribed == []


def test_every_default_is_what_a_file_may_say():
    schema = json_schema()
    fields = [field for _, field in described(schema) if field.get("default") is not None]
    assert len(fields) > 20
    for field in fields:
        Draft202012Validator({**field, "$defs": schema["$defs"]}).validate(field["default"])


def test_every_check_has_its_keys_in_the_schema():
    checks = json_schema()["properties"]["checks"]["anyOf"][0]
    assert list(checks["properties"]) == ["defaults", *sorted(discovered())]
    assert checks["additionalProperties"] is False
