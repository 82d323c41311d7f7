"""A bounded number of a partition's rows, for the one question that summaries cannot answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from windage.arrays import Floats, Texts


@dataclass(frozen=True, kw_only=True, eq=False)
class RowSample:
    """Rows by numeric features, NaN where there is no value, and each row's user, None for nobody.

    Which rows and their order depend on what the rows hold, not on where they stood.
    """

    features: tuple[str, ...]
    values: Floats
    users: Texts

    def first(self, rows: int) -> RowSample:
        return RowSample(features=self.features, values=self.values[:rows], users=self.users[:rows])

    @classmethod
    def stacked(cls, parts: list[RowSample]) -> RowSample:
        """Of samples with the same features."""
        return cls(
            features=parts[0].features,
            values=np.concatenate([part.values for part in parts]),
            users=np.concatenate([part.users for part in parts]),
        )
