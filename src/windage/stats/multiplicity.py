"""What a p-value is worth when several questions were asked."""

from __future__ import annotations

import numpy as np

from windage.arrays import Bools, Floats


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Adjusted p-values that control the false discovery rate. Source: Benjamini & Hochberg (1995)."""
    n = p_values.size
    order = np.argsort(p_values)[::-1]
    adjusted = np.minimum.accumulate(p_values[order] * n / np.arange(n, 0, -1))
    result = np.empty(n)
    result[order] = np.minimum(adjusted, 1.0)
    return result


def surer(p_value: Floats, other: Floats) -> tuple[Bools, Floats]:
    """Where the second of two looks is the surer one, and the smaller p-value, doubled for the choice; NaN is unknown."""
    takes_other = ~(p_value <= other) & ~np.isnan(other)
    return takes_other, np.minimum(2 * np.where(takes_other, other, p_value), 1.0)
