"""NannyML's univariate drift by Jensen–Shannon distance, a chunk a day, thresholds of three standard deviations (its defaults)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import nannyml
import pandas as pd
from wire import TIME, serve


def drifted(
    reference: pd.DataFrame, current: pd.DataFrame, numeric: Sequence[str], text: Sequence[str]
) -> Mapping[str, Any]:
    columns = [*numeric, *text]
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=columns, treat_as_categorical=list(text), timestamp_column_name=TIME, chunk_period="D"
    )
    found = calculator.fit(reference).calculate(current).filter(period="analysis").to_df()
    last = found.iloc[-1]
    return {
        name: {"distance": last[(name, "jensen_shannon", "value")]}
        for name in columns
        if last.get((name, "jensen_shannon", "alert"))
    }


serve(drifted)
