"""The schema of a monitor's file. Every key's description is its documentation; unknown keys are errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema

from windage.checks import discovered
from windage.checks.check import Check
from windage.errors import listed
from windage.files import refuse_credentials
from windage.policy import CalibratedPolicy, ReferencePolicy
from windage.spec.channel import Paging
from windage.spec.channel_kinds import AnyChannel
from windage.spec.choice import DEFAULTS, checks_for, known_check
from windage.spec.cron import Cron
from windage.spec.durations import Duration, Moment, Width
from windage.spec.durations import text as text_of
from windage.spec.engine import AnyEngine, EngineChoice
from windage.spec.labeling import Labeling
from windage.spec.log import LACKING, NAMED_OTHERWISE, Log
from windage.spec.section import Section
from windage.vocabulary import Window

FEWEST_POINTS, MOST_POINTS = 16, 1 << 24
"""Numbers of support points that a column may have; fewer certify nothing."""
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
BESIDE = "windage_"
"""Prefix of the ids of DAGs that Windage adds beside the monitors' own."""


class Baseline(Section):
    """A frozen window that slow drift is held against, beside a trailing reference."""

    start: Annotated[Moment, Field(description="Start of the baseline (UTC).")]
    end: Annotated[Moment, Field(description="End of the baseline (UTC), exclusive.")]

    @model_validator(mode="after")
    def _is_not_empty(self) -> Baseline:
        if self.end <= self.start:
            raise ValueError(f"must end after it starts; got {self.start.isoformat()} to {self.end.isoformat()}")
        return self

    def window(self) -> Window:
        return Window(start=self.start, end=self.end)


class Reference(Section):
    """What the current window is compared with."""

    trailing: Annotated[
        Width | None, Field(description="Length of the window that ends where the current one starts.")
    ] = None
    start: Annotated[Moment | None, Field(description="Start of a fixed reference window (UTC).")] = None
    end: Annotated[Moment | None, Field(description="End of a fixed reference window (UTC), exclusive.")] = None

    baseline: Annotated[
        Baseline | None,
        Field(description="Frozen window to detect slow drift, used with trailing. A promoted baseline replaces it."),
    ] = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Reference:
        fixed = self.start is not None and self.end is not None
        if (self.trailing is not None) == fixed or (self.start is None) != (self.end is None):
            raise ValueError("needs either trailing, such as 28d, or both start and end")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"must end after it starts; got {self.start.isoformat()} to {self.end.isoformat()}")
        return self

    def window(self) -> Window:
        return Window.model_validate({"start": self.start, "end": self.end})

    def before(self, current: Window) -> Window:
        """The reference window for a current window."""
        if self.trailing is None:
            return self.window()
        return Window(start=current.start - self.trailing, end=current.start)


class Waiting(Section):
    """How long a run waits for partitions that are late."""

    up_to: Annotated[
        Duration, Field(description="How long after the interval's end a partition counts as missing.")
    ] = timedelta(hours=6)
    look_every: Annotated[Width, Field(description="How often to check for them.")] = timedelta(minutes=5)
    late_up_to: Annotated[
        Width,
        Field(
            description="How far back to look for partitions that changed after they were judged. windage stale looks at all."
        ),
    ] = timedelta(days=92)
    look_back: Annotated[
        Cron,
        Field(description="Cron schedule of the DAG that looks for partitions changed after they were judged."),
    ] = "30 5 * * *"


def _with_preset(policy: Any) -> Any:
    """Expand a preset's name to a section; settings without a preset are for the default, calibrated."""
    if isinstance(policy, str):
        return {"preset": policy}
    if not isinstance(policy, dict) or "preset" in policy:
        return policy
    foreign = [
        name for name in policy if name in ReferencePolicy.model_fields.keys() - CalibratedPolicy.model_fields.keys()
    ]
    if foreign:
        raise ValueError(
            f"{listed(foreign)} {'belongs' if len(foreign) == 1 else 'belong'} to the reference policy. Add preset: reference"
        )
    return {"preset": CalibratedPolicy.name, **policy}


class MonitorSpec(Section):
    """One monitor: what it reads, how it judges, whom it tells."""

    # Defaults of sections are constructed, not validated: nobody typed them, and a validator costs time to build.

    monitor: Annotated[
        str,
        Field(
            description="Name of the monitor and of its DAG. Must not begin with windage_.",
            json_schema_extra={"pattern": NAME, "not": {"pattern": f"^{BESIDE}"}},
        ),
    ]
    description: Annotated[str, Field(description="One line about the model, shown in Airflow.")] = ""
    owner: Annotated[str, Field(description="Who is responsible for the model.")] = "windage"
    tags: Annotated[tuple[str, ...], Field(description="Tags of the DAG.")] = ()
    schedule: Annotated[Cron, Field(description="Cron expression; each data interval is a window to judge.")] = (
        "0 0 * * *"
    )
    start: Annotated[Moment, Field(description="Start of the log; nothing earlier is judged.")]
    end: Annotated[Moment | None, Field(description="End of the log, if the model was retired.")] = None
    catchup: Annotated[bool, Field(description="Whether to judge intervals missed while the DAG was off.")] = False
    log: Log
    reference: Reference
    current: Annotated[
        Width | None, Field(description="Length of the window to judge; default: the schedule's data interval.")
    ] = None
    resolution: Annotated[
        int | None,
        Field(
            ge=FEWEST_POINTS,
            le=MOST_POINTS,
            description="Support points per column and partition: 4096 certifies KS to ± 0.0005; null keeps every value.",
        ),
    ] = 4096
    rows_at_once: Annotated[
        int,
        Field(
            ge=1000,
            le=1 << 32,
            description="Rows read into memory at a time while a column is profiled: a million need about 300 MB.",
        ),
    ] = 1 << 20
    engine: Annotated[AnyEngine, Field(description="Where partitions are profiled.")] = EngineChoice.model_construct()
    policy: Annotated[
        Annotated[ReferencePolicy | CalibratedPolicy, Field(discriminator="preset")],
        BeforeValidator(_with_preset),
        Field(description="Limits to judge by: calibrated (default) or reference, with its settings."),
    ] = CalibratedPolicy.model_construct()
    checks: Annotated[
        Mapping[str, Any] | None,
        Field(
            description="Checks to run, each with its settings, or false to leave it out. Default: all that the log has columns for; the key defaults stands for these."
        ),
    ] = None
    tasks: Annotated[
        Literal["per_check", "together"],
        Field(description="One task per check, or one task for all checks, which is cheaper for small windows."),
    ] = "per_check"
    waiting: Waiting = Waiting.model_construct()
    labeling: Labeling = Labeling.model_construct()
    on_call: Annotated[tuple[AnyChannel, ...], Field(description="Who is notified, how, about what, and when.")] = ()
    paging: Paging = Paging.model_construct()
    storage: Annotated[
        str | None,
        Field(
            min_length=1,
            description="Path or URL for profiles and reports; default: [windage] storage in Airflow's configuration.",
        ),
    ] = None

    @field_validator("monitor")
    @classmethod
    def _names_a_dag(cls, monitor: str) -> str:
        if not re.fullmatch(NAME, monitor):
            raise ValueError(
                "must begin with a letter or digit and have at most 100 letters, digits, dots, hyphens and underscores"
            )
        if monitor.startswith(BESIDE):
            raise ValueError(f"must not begin with {BESIDE}, which is reserved for Windage's own DAGs")
        return monitor

    @field_validator("log")
    @classmethod
    def _tells_partitions_apart(cls, log: Log) -> Log:
        log.refuse_partitions_alike()
        return log

    @field_validator("end")
    @classmethod
    def _is_after_the_start(cls, end: datetime | None, info: ValidationInfo) -> datetime | None:
        start = info.data.get("start")
        if end is not None and start is not None and end <= start:
            raise ValueError(f"must be after start, {start.isoformat()}; got {end.isoformat()}")
        return end

    @field_validator("reference")
    @classmethod
    def _holds_a_partition(cls, reference: Reference, info: ValidationInfo) -> Reference:
        log = info.data.get("log")
        if log is not None and reference.trailing is not None and reference.trailing < log.every:
            raise ValueError(
                f"trailing is {text_of(reference.trailing)}, shorter than one partition. Set it to at least {text_of(log.every)}"
            )
        return reference

    @field_validator("current")
    @classmethod
    def _is_whole_partitions(cls, current: timedelta | None, info: ValidationInfo) -> timedelta | None:
        log = info.data.get("log")
        if log is not None and current is not None and current % log.every:
            raise ValueError(f"must be a multiple of one partition, {text_of(log.every)}")
        return current

    @field_validator("storage")
    @classmethod
    def _is_whole(cls, storage: str | None) -> str | None:
        if storage is not None and storage.startswith("~"):
            raise ValueError("must be an absolute path or a URL, not one beginning with ~")
        refuse_credentials(storage or "")
        return storage

    @field_validator("checks")
    @classmethod
    def _can_be_asked(cls, checks: Mapping[str, Any] | None, info: ValidationInfo) -> Mapping[str, Any] | None:
        if checks is not None and not checks:
            raise ValueError("lists no checks. List at least one, or remove the key to run all")
        if checks and all(settings is False for settings in checks.values()):
            raise ValueError(f"leaves checks out and lists none. Add {DEFAULTS!r}, without a value, to run all others")
        for name, settings in (checks or {}).items():
            if name == DEFAULTS and settings is None:
                continue
            check = known_check(name)
            if settings is False:
                continue
            TypeAdapter(check).validate_python({} if settings is None else settings)
            log, need = info.data.get("log"), check.needs
            if log is not None and not log.has(need):
                raise ValueError(
                    f"check {name} needs log.{NAMED_OTHERWISE.get(need, need)}. Add it, or remove the check"
                )
        return checks

    @model_validator(mode="after")
    def _has_something_to_check(self) -> MonitorSpec:
        if all(check.needs in ("rows", "times") for check in self.checks_to_run()):
            raise ValueError("the log names no columns to check. Add log.numeric, log.label or log.probabilities")
        return self

    def checks_to_run(self) -> list[Check]:
        """This monitor's checks, sorted by name; a check without a reject label of its own uses the log's."""
        return checks_for(self.log, self.policy, self.checks)

    def at(self, storage: str) -> MonitorSpec:
        """This monitor, with a relative log location resolved against the storage."""
        return self.model_copy(update={"log": self.log.at(storage)})

    def not_asked(self) -> dict[str, str]:
        """The default checks that do not run because the log names no column for them, each with what is lacking, in words."""
        if self.checks is not None and DEFAULTS not in self.checks:
            return {}
        chosen = self.checks or {}
        return {
            name: LACKING.get(kind.needs, kind.needs)
            for name, kind in sorted(discovered().items())
            if name not in chosen and kind.by_default and self.policy.asks(kind) and not self.log.has(kind.needs)
        }


class _AsWritten(GenerateJsonSchema):
    """Defaults as a file would write them: durations are ``1d`` and not ``P1D``."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, BaseModel):
            type(dft).model_rebuild()  # before 2.14, pydantic does not itself where building was deferred
        return text_of(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def json_schema() -> dict[str, Any]:
    """JSON Schema of a monitor's file, with every discovered check's own keys."""
    schema = MonitorSpec.model_json_schema(schema_generator=_AsWritten)
    definitions = schema.setdefault("$defs", {})
    properties: dict[str, Any] = {DEFAULTS: {"type": "null", "description": "Every check that runs by default."}}
    for name, check in sorted(discovered().items()):
        own = TypeAdapter(check).json_schema()
        definitions.update(own.pop("$defs", {}))
        properties[name] = {"anyOf": [{**own, "additionalProperties": False}, {"type": "null"}, {"const": False}]}
    described = {key: schema["properties"]["checks"][key] for key in ("description", "default")}
    definitions["ReferencePolicy"]["required"] = ["preset"]
    engine = schema["properties"]["engine"]
    engine["anyOf"] = [{"type": "string"}, {"$ref": engine.pop("$ref")}]
    policy = schema["properties"]["policy"]
    policy.pop("discriminator")
    policy["anyOf"] = [{"enum": [CalibratedPolicy.name, ReferencePolicy.name]}, {"oneOf": policy.pop("oneOf")}]
    schema["properties"]["checks"] = {
        **described,
        "anyOf": [{"type": "object", "properties": properties, "additionalProperties": False}, {"type": "null"}],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
