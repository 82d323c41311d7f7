"""alibi-detect's TabularDrift at its default p of 0.05 with Bonferroni's correction; missing values are the reference's median."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from alibi_detect.cd import TabularDrift
from wire import serve


def drifted(
    reference: pd.DataFrame, current: pd.DataFrame, numeric: Sequence[str], text: Sequence[str]
) -> Mapping[str, Any]:
    columns = [*numeric, *text]
    before, now = (np.empty((len(frame), len(columns))) for frame in (reference, current))
    for place, name in enumerate(columns):
        if name in text:
            codes, names = pd.factorize(reference[name].fillna("(missing)"))
            known = pd.Index(names).get_indexer(current[name].fillna("(missing)"))
            before[:, place], now[:, place] = codes, np.where(known < 0, len(names), known)
        else:
            usual = float(reference[name].median())
            before[:, place], now[:, place] = reference[name].fillna(usual), current[name].fillna(usual)
    places = {columns.index(name): None for name in text}
    found = TabularDrift(before, p_val=0.05, categories_per_feature=places).predict(now, drift_type="batch")["data"]
    return {
        name: {"p_value": p} for name, p in zip(columns, found["p_val"].tolist(), strict=True) if p < found["threshold"]
    }


serve(drifted)
