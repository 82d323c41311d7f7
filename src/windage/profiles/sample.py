"""A bounded sample of a partition's rows, for the check ``joint_drift``, which needs more than summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from windage.arrays import Floats, Texts


@dataclass(frozen=True, kw_only=True, eq=False)
class RowSample:
    """Sampled rows by numeric features, NaN where there is no finite value, and each row's user, None for a null.

    Their choice and order depend only on the rows' content.
    """

    features: tuple[str, ...]
    values: Floats
    users: Texts

    def first(self, rows: int) -> RowSample:
        return RowSample(features=self.features, values=self.values[:rows], users=self.users[:rows])

    @classmethod
    def stacked(cls, parts: list[RowSample]) -> RowSample:
        """Samples of the same features as one."""
        return cls(
            features=parts[0].features,
            values=np.concatenate([part.values for part in parts]),
            users=np.concatenate([part.users for part in parts]),
        )

    @classmethod
    def merge(cls, parts: Sequence[RowSample]) -> RowSample:
        """The sample of all parts' rows, taken in turns, so that its first rows are a sample too. Parts with other features than
        the last one are left out."""
        same = [part for part in parts if part.features == parts[-1].features]
        together = cls.stacked(same)
        turns = np.concatenate([np.arange(len(part.users)) / max(len(part.users), 1) for part in same])
        order = np.argsort(turns, kind="stable")
        return cls(features=together.features, values=together.values[order], users=together.users[order])
