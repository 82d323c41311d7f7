import pytest


@pytest.fixture(params=["folder", "sqlite", "postgresql"])
def telemetry_place(request, tmp_path):
    """Where telemetry is kept: a folder of files, SQLite, PostgreSQL."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return tmp_path / "telemetry" if request.param == "folder" else f"sqlite:///{tmp_path}/x.db"
