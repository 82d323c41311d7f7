"""The example of docs/labelling.md: a feed changes its unit, people label, the retrained classifier is better again."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "retraining" / "run.py"


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
