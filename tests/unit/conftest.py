import pyarrow as pa
import pytest

from builders import write_day


@pytest.fixture
def log(tmp_path):
    """Writes one frame a day, the fourth of which is the current one."""

    def write(*frames):
        for day, frame in enumerate(frames):
            if frame is not None:
                write_day(tmp_path / "log", day, pa.Table.from_pandas(frame, preserve_index=False), row_group_size=100)
        return tmp_path / "log"

    return write


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty database."""
    return request.getfixturevalue("postgres_url") if request.param == "postgresql" else f"sqlite:///{tmp_path}/x.db"
