import pytest


@pytest.fixture(params=["folder", "sqlite", "postgresql"])
def telemetry_place(request, tmp_path):
    """The place of telemetry: a folder of files, SQLite or PostgreSQL."""
    return tmp_path / "telemetry" if request.param == "folder" else request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty database, which is migrated on first use."""
    return request.getfixturevalue("postgres_url") if request.param == "postgresql" else f"sqlite:///{tmp_path}/x.db"
