"""The example of docs/labelling.md: a feed changes its unit, people label, the retrained classifier is better again."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from windage.labeling.queue import ActiveLabelingQueue

EXAMPLE = Path(__file__).parents[2] / "examples" / "retraining" / "run.py"


def test_labels_of_a_run_that_was_cut_short_count_in_the_next(tmp_path):
    queue = ActiveLabelingQueue(str(tmp_path / "queue.json"), 10)
    at = pd.Timestamp("2013-03-11 08:00", tz="UTC")
    ends = at + pd.Timedelta("1h")
    asked = {"bucket_start_ts": at, "bucket_end_ts": ends, "predicted_label": "late", "confidence": 0.4}
    queue.enqueue_drift([{**asked, "user_id": user} for user in ("AA", "UA")])
    rows = pd.DataFrame({"user_id": ["AA", "UA", "UA"], "bucket_start_ts": [at] * 3, "true_label": ["late"] * 3})
    label = runpy.run_path(str(EXAMPLE), run_name="example")["label"]
    assert label(queue, rows) == 1
    assert label(queue, rows) == 1


@pytest.mark.slow
def test_the_retrained_classifier_is_better_than_the_one_at_work(tmp_path):
    done = subprocess.run([sys.executable, EXAMPLE, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = re.findall(r"^(.*?)\s+(0\.\d+)\s+(0\.\d+)$", done.stdout, re.MULTILINE)
    scores = {name: (float(accuracy), float(f1)) for name, accuracy, f1 in lines}
    before, after, retrained = (
        scores[name] for name in ("at work, before the change", "at work, after it", "retrained, after it")
    )
    assert after[0] < before[0] - 0.1
    assert retrained[0] > after[0] + 0.05
    assert retrained[1] > after[1] + 0.05
    report = tmp_path / "windage/reports/flights/2013-03-12T00-00Z/drift_report.html"
    assert "Realised accuracy" in report.read_text()
