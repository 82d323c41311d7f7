"""Settings of all tests: no BLAS threads, deterministic property tests, and shared fixtures."""

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50, print_blob=True)
settings.register_profile(
    "search", deadline=None, max_examples=2000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

pytest_plugins = ("postgres", "chromium")


LONG = {"laws", "operating"}
"""Folders whose tests judge weeks of windows and take long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first: one that starts last would run alone."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, item.path.parent.name not in LONG))
