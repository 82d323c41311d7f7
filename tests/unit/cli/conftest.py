from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from windage.cli import main

ROWS = 400


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def write_table(path: Path, columns: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


@pytest.fixture
def write(tmp_path) -> Callable[..., str]:
    """Writes a Parquet file under ``tmp_path``; returns its relative path."""

    def written(place: str, /, **columns: Any) -> str:
        write_table(tmp_path / place, columns)
        return place

    return written


@pytest.fixture(scope="session")
def write_log() -> Callable[..., None]:
    """Writes a prediction log whose feature ``speed`` has mean ``moved`` and whose reject rate is ``rejected``."""

    def written(path: Path, *, moved: float = 0.0, rejected: float = 0.05, rows: int = ROWS, seed: int = 7) -> None:
        random = np.random.default_rng(seed)
        certain = random.uniform(0.6, 0.9, rows)
        columns = {
            "user_id": random.choice(["ann", "bob"], rows),
            "speed": random.normal(moved, 1, rows),
            "weight": random.normal(0, 1, rows),
            "predicted_label": random.choice(["yes", "no", "Mixed/Unknown"], rows, p=[0.5, 0.5 - rejected, rejected]),
            "p_yes": certain,
            "p_no": 1 - certain,
            "confidence": certain,
        }
        write_table(path, columns)

    return written


@pytest.fixture
def log(write_log, tmp_path) -> Callable[..., str]:
    """Writes such a log under ``tmp_path``; returns its relative path."""

    def written(place: str, **about: Any) -> str:
        write_log(tmp_path / place, **about)
        return place

    return written


@pytest.fixture
def pair(log) -> tuple[str, str]:
    """Two logs with the same distribution."""
    return log("ref.parquet", seed=1), log("cur.parquet", seed=2)


@pytest.fixture
def windage(capsys) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process; returns its exit code, stdout and stderr."""

    def ran(*words: str | Path) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as leaving:  # argparse
            code = int(leaving.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return ran
