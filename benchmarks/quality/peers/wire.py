"""What a peer's process and the bench say to each other: files of columns in, a line of JSON out.

This module and its neighbours run in the peer's own environment and import nothing of this project.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

NUMERIC, TEXT, TIME = "n:", "t:", "time"

Judge = Callable[[pd.DataFrame, pd.DataFrame, Sequence[str], Sequence[str]], Mapping[str, Any]]
"""Reference, current, numeric columns, text columns → the columns that drifted, each with what the peer measured."""


@lru_cache(maxsize=256)
def day(path: str) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    with np.load(path) as found:
        for name in found.files:
            if name == TIME:
                columns[TIME] = pd.to_datetime(found[name], unit="s")
            elif name.startswith(TEXT):
                texts = found[name].astype(object)
                texts[texts == ""] = None
                columns[name[len(TEXT) :]] = texts
            else:
                columns[name[len(NUMERIC) :]] = found[name]
    return pd.DataFrame(columns)


def serve(judge: Judge) -> None:
    """Answer every line of standard input until it ends. What the peer itself prints goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            reference = pd.concat([day(path) for path in asked["reference"]], ignore_index=True)
            found: dict[str, Any] = {
                "drifted": judge(reference, day(asked["current"]), asked["numeric"], asked["text"])
            }
        except Exception as error:  # noqa: BLE001 — however the peer broke, that is an answer too
            found = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(found, default=float) + "\n")
        answers.flush()
