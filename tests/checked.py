"""Arguments for ``run_drift_check``, and helpers to run it and read its report."""

import json

import numpy as np
import pandas as pd

from windage import run_drift_check
from windage.reports.document import from_json, to_json

N = 200


def columns(seed=0, **more):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=N), "y": rng.normal(size=N), **more})


def labels(rejected=0, n=N):
    return ["Mixed/Unknown"] * rejected + ["a", "b"] * ((n - rejected) // 2) + ["a"] * ((n - rejected) % 2)


def sure(p, n=N, classes=3):
    rest = (1 - p) / (classes - 1)
    return np.column_stack([np.full(n, p), *[np.full(n, rest)] * (classes - 1)])


def check(current=None, *, reference=None, ref_labels=None, cur_labels=None, **more):
    reference = columns() if reference is None else reference
    current = columns() if current is None else current
    return run_drift_check(
        reference,
        current,
        labels(n=len(reference)) if ref_labels is None else ref_labels,
        labels(n=len(current)) if cur_labels is None else cur_labels,
        **more,
    )


def triggers(report):
    return [(each.trigger.value, each.severity) for each in report.alerts]


def assert_is_strict_json(report):
    content = to_json(report)

    def refuse(constant):
        raise AssertionError(constant)

    json.loads(content, parse_constant=refuse)
    assert from_json(content, location="there") == report
