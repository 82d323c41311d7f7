"""Evidently's preset for data drift, with its defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from wire import TIME, serve


def drifted(
    reference: pd.DataFrame, current: pd.DataFrame, numeric: Sequence[str], text: Sequence[str]
) -> Mapping[str, Any]:
    definition = DataDefinition(numerical_columns=list(numeric), categorical_columns=list(text))
    datasets = [
        Dataset.from_pandas(frame.drop(columns=TIME), data_definition=definition) for frame in (current, reference)
    ]
    result = Report([DataDriftPreset()], include_tests=True).run(*datasets).dict()
    return {
        test["metric_config"]["params"]["column"]: {"said": test["description"]}
        for test in result["tests"]
        if "column" in test["metric_config"]["params"] and str(test["status"]).endswith("FAIL")
    }


serve(drifted)
