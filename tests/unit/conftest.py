import shutil

import pyarrow as pa
import pytest
from sqlalchemy import text

from builders import write_day
from windage.store.database import Database
from windage.store.schema import metadata


@pytest.fixture
def log(tmp_path):
    """Writes one frame per day, and none for None; the fourth day is the current one."""

    def write(*frames):
        for day, frame in enumerate(frames):
            if frame is not None:
                write_day(tmp_path / "log", day, pa.Table.from_pandas(frame, preserve_index=False), row_group_size=100)
        return tmp_path / "log"

    return write


def migrate(url):
    with Database(url).reading():
        pass


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("migrated") / "x.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(migrated_file, tmp_path):
    """A SQLite database with empty tables."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'x.db')}"


@pytest.fixture(scope="session")
def migrated_database(postgres):
    url = postgres.new_database()
    migrate(url)
    return url


@pytest.fixture
def postgresql_url(migrated_database):
    """A PostgreSQL database with empty tables: always the same one, truncated."""
    with Database(migrated_database).writing() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
    return migrated_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    """A database with empty tables."""
    return request.getfixturevalue(f"{request.param}_url")
