"""The migrations build the schema, beside what else lives in the database, once."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, create_engine, inspect, select, table, text, update
from sqlalchemy.pool import NullPool

from windage.errors import CorruptDocument, InvalidInput, StoreUnavailable
from windage.reports.index import ReportIndex
from windage.store import migrations
from windage.store.database import Database
from windage.store.schema import REVISION, VERSION_TABLE, metadata


def test_the_migrations_build_exactly_the_schema(url):
    with Database(url).reading() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_there_is_one_newest_migration_and_the_schema_knows_it():
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_every_table_is_prefixed():
    assert all(name.startswith("windage_") for name in [*metadata.tables, VERSION_TABLE])
    assert all(index.name.startswith("windage_") for one in metadata.tables.values() for index in one.indexes)


def test_other_tables_and_another_alembic_are_left_alone(url):
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('airflow')"))
        connection.execute(text("CREATE TABLE dag (dag_id VARCHAR(250))"))
    ReportIndex(Database(url)).latest("flights", limit=1)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "airflow"
        assert set(inspect(connection).get_table_names()) == {"alembic_version", "dag", VERSION_TABLE, *metadata.tables}


def test_a_migrated_database_is_used_without_loading_alembic(url):
    ReportIndex(Database(url)).latest("flights", limit=1)
    program = (
        "import sys; from windage.reports.index import ReportIndex; from windage.store.database import Database; "
        f"ReportIndex(Database({url!r})).latest('flights', limit=1); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_database_of_a_newer_windage_is_left_alone(url):
    database = Database(url)
    with database.writing() as connection:
        connection.execute(update(table(VERSION_TABLE, column("version_num"))).values(version_num="9999"))
    with pytest.raises(InvalidInput, match="A newer Windage has used this database"):
        ReportIndex(Database(url)).latest("flights", limit=1)
    with database.reading() as connection:
        assert connection.scalar(select(table(VERSION_TABLE, column("version_num")))) == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(url):
    engine = create_engine(url, poolclass=NullPool)
    last = "windage_report_index"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE VIEW {last} AS SELECT 1 AS in_the_way"))
    with pytest.raises(StoreUnavailable, match="already exists"):
        ReportIndex(Database(url)).latest("flights", limit=1)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        connection.execute(text(f"DROP VIEW {last}"))
    assert ReportIndex(Database(url)).latest("flights", limit=1) == []


@pytest.mark.parametrize("lost", ["DELETE FROM", "DROP TABLE"])
def test_tables_of_an_unknown_version_are_left_alone_and_what_to_do_is_said(url, lost):
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text(f"{lost} {VERSION_TABLE}"))
    with pytest.raises(CorruptDocument, match=f"has tables of Windage .* but {VERSION_TABLE}.* is missing or empty"):
        ReportIndex(Database(url)).latest("flights", limit=1)
    assert ReportIndex(database).latest("flights", limit=1) == []
