"""DataFrames as windows: the same profiles and row access as for partitions of a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from windage.arrays import Floats, Texts
from windage.errors import DataError, InvalidInput, MissingColumn
from windage.profiles.categorical import CategoricalProfile, texts
from windage.profiles.numeric import NumericProfile, lost_as_doubles
from windage.profiles.scores import ScoreProfile
from windage.profiles.window import OnDemand, WindowProfile

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T", bound=Sized)

NOT_FEATURES = ("user_id", "timestamp", "schema_version")
NOT_FEATURE_ENDINGS = ("_id", "_ts", "_at")
_NUMBERS_IN_OBJECTS = {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty"}


def require_frame(given: object, name: str) -> None:
    """Refuse what is not a frame; ``name`` is the argument that it was given as.

    Raises:
        InvalidInput: it is not a frame.
    """
    if getattr(given, "ndim", None) != 2 or not hasattr(given, "dtypes"):
        raise InvalidInput(
            f"{name} must be a pandas DataFrame; got {type(given).__name__}. Pass one row per prediction and one column "
            "per feature."
        )


def feature_columns(frame: pd.DataFrame) -> list[str]:
    """The numeric columns whose names are not those of identifiers or timestamps."""
    return [
        str(name)
        for name, dtype in frame.dtypes.items()
        if getattr(dtype, "kind", "O") in "biuf"
        and name not in NOT_FEATURES
        and not str(name).endswith(NOT_FEATURE_ENDINGS)
    ]


def profile_frame(
    frame: pd.DataFrame,
    *,
    numeric: Iterable[str],
    labels: Sequence[Any] | None = None,
    probabilities: npt.ArrayLike | None = None,
    where: str = "the frame",
    resolution: int | None = None,
) -> WindowProfile:
    """The profile of a frame's rows; a numeric column is profiled when a check asks for it.

    Raises:
        InvalidInput: there is not one label and one row of probabilities per row.
    """
    matrix = None if probabilities is None else as_matrix(probabilities, where=where)
    dimensions = getattr(labels, "ndim", 1)
    if dimensions != 1:
        raise InvalidInput(f"{where}'s labels have {dimensions} dimensions. Pass one label per row.")
    for name, given in (("labels", labels), ("probabilities", matrix)):
        if given is not None:
            one_per_row(given, len(frame), where=where, what=name)
    faults: dict[str, str] = {}
    return WindowProfile(
        rows=len(frame),
        numeric=OnDemand(
            map(str, numeric),
            lambda name: _numeric(frame, name, where=where, resolution=resolution),
        ),
        labels=None if labels is None else _label_counts(labels, where=where, faults=faults),
        scores=None if matrix is None else ScoreProfile.of(matrix, resolution=resolution),
        schema={str(name): str(dtype) for name, dtype in frame.dtypes.items()},
        faults=faults,
    )


def _numeric(frame: pd.DataFrame, name: str, *, where: str, resolution: int | None) -> NumericProfile:
    profile = NumericProfile.of(numbers(frame, name, where=where), resolution=resolution, reuse=True)
    if profile.is_one_large_value:
        column = _column(frame, name, where=where)
        present = column.dropna().to_numpy()
        if getattr(column.dtype, "kind", "O") != "f" and (present != present[0]).any():
            raise lost_as_doubles(name, where=where, value=profile.minimum)
    return profile


def _label_counts(labels: Sequence[Any], *, where: str, faults: dict[str, str]) -> CategoricalProfile | None:
    try:
        return CategoricalProfile.of(labels)
    except DataError as error:
        faults["labels"] = f"{where}'s labels cannot be counted: {error}"
        return None


def one_per_row(values: T, rows: int, *, where: str, what: str) -> T:
    """The values, once it is certain that there is one per row.

    Raises:
        InvalidInput: there is not exactly one per row.
    """
    if len(values) != rows:
        raise InvalidInput(f"{where} has {rows} rows but {len(values)} {what}. Pass one per row, in the rows' order.")
    return values


def floats_of_caller(values: npt.ArrayLike, what: str, *, wanted: str) -> Floats:
    """A caller's values as doubles of the same shape; nulls become NaN.

    Raises:
        InvalidInput: a value is not a number, or too large for a double.
    """
    try:
        try:
            return np.asarray(values, dtype=np.float64)
        except TypeError:  # pandas.NA among them
            import pandas as pd

            mixed = np.array(values, dtype=object)
            mixed[pd.isna(mixed)] = np.nan
            return mixed.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{what} cannot be read as numbers: {error}. Pass {wanted}.") from error


def confidences_of_caller(given: npt.ArrayLike, rows: int, *, where: str) -> Floats:
    """Each row's confidence; NaN where it is missing or not finite.

    Raises:
        InvalidInput: the values are not numbers, or not one per row.
    """
    values = floats_of_caller(given, f"{where}'s confidences", wanted="one number per row")
    if values.ndim != 1:
        raise InvalidInput(f"{where}'s confidences have shape {values.shape}. Pass one number per row.")
    one_per_row(values, rows, where=where, what="confidences")
    return np.where(np.isfinite(values), values, np.nan)


def as_matrix(probabilities: npt.ArrayLike, *, where: str) -> Floats:
    """Class probabilities as doubles of shape (rows, classes); nulls become NaN.

    Raises:
        InvalidInput: they are not a matrix of numbers.
    """
    matrix = floats_of_caller(probabilities, f"{where}'s probabilities", wanted="a matrix of shape (rows, classes)")
    if matrix.ndim != 2:
        raise InvalidInput(
            f"{where}'s probabilities have shape {matrix.shape}. Pass a matrix of shape (rows, classes)."
        )
    return matrix


def numbers(frame: pd.DataFrame, name: str, *, where: str) -> Floats:
    """A fresh array of one column's values, nulls as NaN.

    Raises:
        DataError: there is no such column or more than one, or it does not hold numbers that fit doubles.
    """
    column = _column(frame, name, where=where)
    kind = getattr(column.dtype, "kind", "O")
    if kind not in "biuf" and not _holds_numbers(column):
        raise DataError(
            f"{where}'s column {name!r} is not numeric but {column.dtype}. "
            "Name it as categorical, or convert it before it is logged."
        )
    try:
        return np.array(column.to_numpy(dtype=np.float64, na_value=np.nan), copy=True)
    except OverflowError as error:
        raise DataError(
            f"{where}'s column {name!r} has a number too large for a double. Leave such rows out, or log its logarithm."
        ) from error


def _column(frame: pd.DataFrame, name: str, *, where: str) -> pd.Series[Any]:
    """The only column of that name; a name that is not a string, such as 0, matches by its text."""
    if frame.columns.nlevels == 1 and frame.columns.is_unique and name in frame.columns:
        return frame[name]
    positions = [position for position, other in enumerate(frame.columns) if str(other) == name]
    if not positions:
        raise MissingColumn.named(name, present=map(str, frame.columns), where=where)
    if len(positions) > 1:
        raise DataError(f"{where} has {len(positions)} columns named {name!r}. Rename or drop all but one.")
    return frame.iloc[:, positions[0]]


def _holds_numbers(column: pd.Series[Any]) -> bool:
    from pandas.api.types import infer_dtype, is_object_dtype

    return bool(is_object_dtype(column)) and infer_dtype(column, skipna=True) in _NUMBERS_IN_OBJECTS


class FrameRows:
    """The rows of a frame, as attribution reads them."""

    def __init__(self, frame: pd.DataFrame, labels: Sequence[Any], probabilities: npt.ArrayLike | None) -> None:
        self._frame = frame
        self._labels = labels
        self._probabilities = probabilities

    def numbers(self, column: str) -> Floats:
        return numbers(self._frame, column, where="the current window")

    def labels(self) -> Texts:
        return texts(self._labels)

    def texts(self, column: str) -> Texts:
        return texts(self._frame[column])

    def probabilities(self) -> Floats:
        return as_matrix([] if self._probabilities is None else self._probabilities, where="the current window")

    def confidence(self) -> Floats:
        return np.asarray(self.probabilities().max(axis=1))
