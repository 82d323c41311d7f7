"""Settings of all tests: one thread for BLAS and OpenMP, deterministic property tests, and shared fixtures."""

import gc
import os
import shutil
import sys
from collections.abc import Generator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # several of scikit-learn's wait for each other by counting
sys.path.insert(0, str(Path(__file__).parent))

import pytest
from hypothesis import HealthCheck, settings

IN_MEMORY = Path("/dev/shm")  # noqa: S108 — pytest makes a folder of its own in it
if IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > 4 << 30:
    # Databases and reports sync each write, for which a disk takes a tenth of the suite's time.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50, print_blob=True)
settings.register_profile(
    "search", deadline=None, max_examples=2000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

pytest_plugins = ("postgres", "chromium")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without the garbage collector, and keep it from what stays until the end: it would look through all again and
    again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


LONG = {"laws", "operating"}
"""Folders whose tests judge weeks of windows and take long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first: one that starts last would run alone."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, item.path.parent.name not in LONG))


@pytest.fixture
def silent_store(monkeypatch):
    """An object store at a port without a listener. s3fs caches instances, so other tests must not share this one."""
    from s3fs import S3FileSystem

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    S3FileSystem.clear_instance_cache()
    yield
    S3FileSystem.clear_instance_cache()
