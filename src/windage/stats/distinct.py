"""Values without their repetitions."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", bound=np.number[Any])


def distinct(ordered: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """The distinct ones of values that ascend; to find them ``np.unique`` would load masked arrays first."""
    is_first = np.ones(ordered.shape, np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_first]
