"""Where a monitor's partitions are profiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from windage.extensions import Extensions
from windage.spec.section import Section

LOCAL = "local"
ENGINES: Extensions[Any] = Extensions("windage.engines", "engine")
"""Factories of engines, by kind."""


class EngineChoice(Section):
    """An engine and how it is reached; its name alone stands for it."""

    kind: Annotated[
        str,
        Field(
            description="local (in the task), spark, dask, or an engine installed under the entry point windage.engines."
        ),
    ] = LOCAL
    address: Annotated[
        str | None,
        Field(description="Spark: spark://…, yarn, k8s://…, local[4] or sc://…. Dask: the scheduler's address."),
    ] = None
    connection: Annotated[
        str | None, Field(description="Airflow connection to take the address from, such as spark_default.")
    ] = None
    settings: Annotated[
        Mapping[str, str | int],
        Field(
            description="The engine's own settings: workers (threads) for local, spark.… for Spark, the client's for Dask."
        ),
    ] = {}

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        return kind if kind == LOCAL else ENGINES.known(kind)

    @model_validator(mode="after")
    def _has_settings_that_are_read(self) -> EngineChoice:
        unread = [name for name in self.settings if self.kind == LOCAL and name != "workers"]
        if unread:
            raise ValueError(
                f"has unknown setting {unread[0]!r}: local takes only workers, the number of threads. Correct it"
            )
        return self

    @model_validator(mode="after")
    def _is_reached_one_way(self) -> EngineChoice:
        if self.address is not None and self.connection is not None:
            raise ValueError("has both address and connection. Keep one")
        return self


def _from_name(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


AnyEngine = Annotated[EngineChoice, BeforeValidator(_from_name)]
