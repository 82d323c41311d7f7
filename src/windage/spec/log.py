"""The location and format of the prediction log, and what its columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from windage.checks.check import Need
from windage.errors import did_you_mean, listed
from windage.extensions import Extensions
from windage.files import is_absolute, join, refuse_credentials
from windage.spec.durations import DAYS, Day, Width
from windage.spec.section import Section
from windage.vocabulary import REJECT_LABEL, day_or_minute

FILES, ICEBERG = "parquet", "iceberg"
SOURCES: Extensions[Any] = Extensions("windage.sources", "format", built_in=(FILES, "delta", ICEBERG))
NAMED_OTHERWISE = {
    "labels": "label",
    "columns": "label",
    "numbers": "confidence",
    "users": "user",
    "times": "bucket_start",
    "predictions": "label and log.probabilities",
    "answers": "label and log.bucket_start",
}
"""The key under ``log`` that meets a check's need, where it differs from the need's name."""
LACKING = {
    "numeric": "numeric feature",
    "categorical": "categorical feature",
    "columns": "feature, label or confidence",
    "labels": "label",
    "numbers": "numeric feature, probabilities or confidence",
    "users": "user",
    "times": "time of its rows",
    "predictions": "label beside probabilities",
    "answers": "label beside the time of its rows",
}
"""What a log that does not meet a check's need names none of, where that differs from the need's name."""
UTC_EXAMPLE = datetime(2000, 1, 1, tzinfo=UTC)


def before_the_time(location: str) -> str:
    """The part of a location before its first ``{start:…}``."""
    found = ""
    for text, field, _, _ in Formatter().parse(location):
        found += text
        if field is not None:
            break
    return found


class Log(Section):
    """Where the prediction log lies and what its columns mean."""

    location: Annotated[
        str,
        Field(
            min_length=1,
            description="Path or URL of one partition's folder or files, for example "
            "s3://logs/flights/date={start:%Y-%m-%d}. {start:%Y-%m-%d} stands for the partition's start (any strftime "
            "format), * for anything except hidden folders (_temporary, .staging), ** for folders at any depth. Relative "
            "paths are resolved against storage.",
        ),
    ]
    format: Annotated[
        str,
        Field(
            description="Parquet files or a table. For a table, location names its partition columns: "
            "s3://lake/flights/date={start:%Y-%m-%d} for delta, catalog/lake.flights/date={start:%Y-%m-%d} for iceberg. "
            "Other formats are installed under windage.sources."
        ),
    ] = FILES
    every: Annotated[Width, Field(description="Time that one partition covers.")] = timedelta(days=1)
    weekend: Annotated[
        tuple[Day, ...],
        Field(
            description="Days of the week (UTC) that are compared with each other and not with the rest: [fri, sat], or [] "
            "where all days are alike."
        ),
    ] = ("sat", "sun")
    done_marker: Annotated[
        str | None, Field(description="File that marks a partition's folder as complete, such as _SUCCESS.")
    ] = None
    numeric: Annotated[tuple[str, ...], Field(description="Numeric feature columns.")] = ()
    categorical: Annotated[tuple[str, ...], Field(description="Categorical feature columns.")] = ()
    label: Annotated[str | None, Field(description="Column with the predicted label.")] = None
    probabilities: Annotated[tuple[str, ...], Field(description="Columns with the class probabilities.")] = ()
    confidence: Annotated[str | None, Field(description="Column with the largest class probability.")] = None
    user: Annotated[str | None, Field(description="Column with the user that a row belongs to.")] = None
    segments: Annotated[
        tuple[str, ...], Field(description="More columns to split alerts by, such as region or app version.")
    ] = ()
    bucket_start: Annotated[str | None, Field(description="Column with a row's time.")] = None
    bucket_end: Annotated[str | None, Field(description="Column with the end of a row's time bucket.")] = None
    reject_label: Annotated[
        str, Field(min_length=1, description="Label of rows the classifier declined to decide.")
    ] = REJECT_LABEL

    units: Annotated[
        Mapping[str, str],
        Field(description="Units of features, shown to people who label rows: {dep_delay: minutes}."),
    ] = {}

    @field_validator("numeric", "categorical", "probabilities", "segments")
    @classmethod
    def _are_distinct(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            raise ValueError(f"lists {listed(map(repr, twice))} twice. List each column once")
        return columns

    @field_validator("categorical", "label")
    @classmethod
    def _is_no_other_feature(cls, named: tuple[str, ...] | str | None, info: ValidationInfo) -> Any:
        features = {*info.data.get("numeric", ()), *info.data.get("categorical", ())}
        twice = sorted(features.intersection([named] if isinstance(named, str) else named or ()))
        if twice:
            raise ValueError(f"names {listed(map(repr, twice))}, already listed as a feature. Name each column once")
        return named

    @field_validator("units")
    @classmethod
    def _are_of_features(cls, units: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        features = (*info.data.get("numeric", ()), *info.data.get("categorical", ()))
        for name in units if {"numeric", "categorical"} <= info.data.keys() else ():
            if name not in features:
                raise ValueError(
                    f"names {name!r}, which is not a feature.{did_you_mean(name, features)} Available features: {listed(features)}"
                )
        return units

    @field_validator("format")
    @classmethod
    def _is_known(cls, name: str) -> str:
        return SOURCES.known(name)

    @field_validator("location")
    @classmethod
    def _formats(cls, location: str) -> str:
        try:
            location.format(start=UTC_EXAMPLE)
        except (LookupError, ValueError, AttributeError, TypeError) as error:
            why = f"{{{error.args[0]}}} is unknown" if isinstance(error, KeyError) else str(error)
            raise ValueError(
                f"is not a valid template: {why}. Use only {{start:…}} with a strftime format, such as {{start:%Y-%m-%d}}"
            ) from error
        refuse_credentials(location)
        return location

    @model_validator(mode="after")
    def _marks_folders_alone(self) -> Log:
        if self.done_marker and self.format != FILES:
            raise ValueError(f"has a done_marker, but {self.format} tables have none. Remove it")
        return self

    @property
    def is_below_storage(self) -> bool:
        """Whether the location is relative, and so lies below the monitor's storage."""
        return self.format != ICEBERG and not is_absolute(self.location)

    def at(self, storage: str) -> Log:
        """This log, with a relative location resolved against the storage."""
        if not self.is_below_storage:
            return self
        escaped = storage.replace("{", "{{").replace("}", "}}")  # only the location is a template
        return self.model_copy(update={"location": join(escaped, self.location)})

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are named."""
        single = (self.label, self.confidence, self.user, self.bucket_start, self.bucket_end)
        several = (self.numeric, self.categorical, self.probabilities, self.segments)
        return frozenset(name for names in (single, *several) for name in names if name is not None)

    def refuse_partitions_alike(self) -> None:
        """Check that no two partitions have the same location.

        Raises:
            ValueError: two partitions do, such as the same hour of two days.
        """
        seen: dict[str, datetime] = {}
        for start in _spread_starts(self.every):
            place = self.location.format(start=start)
            before = seen.setdefault(place, start)
            if start - before == self.every:
                raise ValueError(
                    f"gives consecutive partitions the same location, {place}. Add {{start:…}} in a format as fine as log.every"
                )
            if before != start:
                first, later = map(day_or_minute, (before, start))
                raise ValueError(
                    f"gives the partitions of {first} and {later} the same location, {place}. "
                    "Name year, month, day and time in {start:…}, down to log.every"
                )

    @property
    def weekend_days(self) -> frozenset[int]:
        """The days of ``weekend`` as ``datetime.weekday`` counts."""
        return frozenset(map(DAYS.index, self.weekend))

    def has(self, need: Need) -> bool:
        """Whether the log has the columns that a check with this need asks about."""
        met: dict[Need, object] = {
            "rows": True,
            "numeric": self.numeric,
            "categorical": self.categorical,
            "columns": self.numeric or self.categorical or self.label or self.confidence,
            "labels": self.label,
            "probabilities": self.probabilities,
            "predictions": self.label and self.probabilities,
            "confidence": self.confidence,
            "numbers": self.numeric or self.probabilities or self.confidence,
            "users": self.user and self.numeric,
            "times": self.bucket_start,
            "answers": self.bucket_start and self.label,
        }
        return bool(met.get(need))


def _spread_starts(every: timedelta) -> Iterator[datetime]:
    """Starts of partitions, spread so that each part of a time recurs: hour, day, week, month and year."""
    a_day = timedelta(days=1)
    moments = (
        *(UTC_EXAMPLE + k * step for step in (every, a_day) for k in range(62)),
        *(UTC_EXAMPLE.replace(year=year) + k * a_day for year in range(2001, 2013) for k in range(-3, 4)),
    )
    return (UTC_EXAMPLE + (moment - UTC_EXAMPLE) // every * every for moment in moments)
