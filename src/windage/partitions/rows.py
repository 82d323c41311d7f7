"""The rows of a window read from Parquet, for attribution and label selection."""

from __future__ import annotations

import numpy as np

from windage.arrays import Floats, Ints, Texts
from windage.partitions.parquet import ParquetColumns
from windage.profiles.categorical import strings, texts
from windage.profiles.numbers import Numbers
from windage.spec.log import Log


class ParquetRows:
    """Reads one whole column at a time."""

    def __init__(self, columns: ParquetColumns, log: Log) -> None:
        self._columns = columns
        self._log = log

    def numbers(self, column: str) -> Floats:
        return self._columns.numbers(column)

    def labels(self) -> Texts:
        return self._texts(self._log.label)

    def users(self) -> Texts:
        return self._texts(self._log.user)

    def texts(self, column: str) -> Texts:
        return texts(self._columns.column(column))

    def probabilities(self) -> Floats:
        return probabilities(self._columns, self._log)

    def confidence(self) -> Floats:
        return self._columns.numbers(str(self._log.confidence))

    def groups(self, column: str) -> tuple[list[str], Ints]:
        """The distinct names in order of first appearance, and each row's index into them; −1 for a null.

        Raises:
            DataError: the column's values cannot be categories.
        """
        import pyarrow as pa

        chunks = [strings(chunk) for chunk in self._columns.column(column).chunks]
        encoded = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
        indices = Numbers.of(encoded.indices)
        index = indices.values.astype(np.int64)
        if indices.known is not None:
            index[~indices.known] = -1
        return encoded.dictionary.to_pylist(), index

    def _texts(self, name: str | None) -> Texts:
        return np.full(self._columns.rows, None) if name is None else texts(self._columns.column(name))


def probabilities(columns: ParquetColumns, log: Log) -> Floats:
    """The class probabilities as a matrix of shape (rows, classes)."""
    return np.column_stack([columns.numbers(name) for name in log.probabilities])
