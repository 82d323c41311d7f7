"""The rows of a window, as attribution reads them."""

from __future__ import annotations

import numpy as np

from windage.arrays import Floats, Ints, Texts
from windage.partitions.parquet import ParquetColumns
from windage.profiles.categorical import strings, texts
from windage.profiles.numbers import Numbers
from windage.spec.log import Log


class ParquetRows:
    """One column at a time, whole."""

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
        """Names by first appearance, and each row's place among them; −1 for a null.

        Raises:
            DataError: the column's values are no names.
        """
        import pyarrow as pa

        chunks = [strings(chunk) for chunk in self._columns.column(column).chunks]
        found = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
        places = Numbers.of(found.indices)
        index = places.values.astype(np.int64)
        if places.known is not None:
            index[~places.known] = -1
        return found.dictionary.to_pylist(), index

    def _texts(self, name: str | None) -> Texts:
        return np.full(self._columns.rows, None) if name is None else texts(self._columns.column(name))


def probabilities(columns: ParquetColumns, log: Log) -> Floats:
    """The class probabilities as a matrix of shape (rows, classes)."""
    return np.column_stack([columns.numbers(name) for name in log.probabilities])
