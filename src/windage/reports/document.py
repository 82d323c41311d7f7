"""The report as JSON, the only source of truth: every sentence, table and picture is a view of it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from windage.errors import CorruptDocument, InvalidInput
from windage.faults import broken_place
from windage.vocabulary import DriftReport


def to_json(report: DriftReport) -> bytes:
    """The report as strict JSON in full precision, which ``from_json`` reads back; equal reports give equal bytes.

    JSON has neither NaN nor infinity: such a value becomes ``null`` if it may be missing.

    Raises:
        InvalidInput: a value that may not be missing is NaN or infinite, or an alert's details hold something that is
            not JSON. The result can therefore always be read back.
    """
    try:
        text = report.model_dump_json(indent=2)
        DriftReport.model_validate_json(text)
    except (PydanticSerializationError, ValidationError, UnicodeError) as error:
        raise InvalidInput(
            f"the report cannot be written as JSON: {_places(error)}. Checks must return finite numbers and plain values."
        ) from error
    return text.encode() + b"\n"


def from_json(content: bytes, *, location: str | Path) -> DriftReport:
    """The report in ``content``; error messages name its ``location``.

    Raises:
        CorruptDocument: ``content`` is not a drift report.
    """
    try:
        return DriftReport.model_validate_json(content)
    except ValidationError as error:
        raise CorruptDocument(
            f"{location} is not a drift report: {broken_place(error)}. It was left unchanged; "
            "rerun its window to replace it."
        ) from error


def _places(error: Exception) -> str:
    return broken_place(error) if isinstance(error, ValidationError) else str(error).splitlines()[0]
