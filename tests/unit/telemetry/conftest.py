import pytest


@pytest.fixture(params=["folder", "sqlite", "postgresql"])
def telemetry_place(request, tmp_path):
    """The place of telemetry: a folder of files, SQLite or PostgreSQL."""
    return tmp_path / "telemetry" if request.param == "folder" else request.getfixturevalue(f"{request.param}_url")
