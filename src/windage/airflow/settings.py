"""The storage and database that Airflow's configuration names; read when a task runs, never while a DAG is parsed."""

from __future__ import annotations

from dataclasses import dataclass

from airflow.sdk import BaseHook, Connection, conf
from airflow.sdk.exceptions import AirflowNotFoundException

from windage.airflow.provider import SETTINGS
from windage.errors import InvalidInput
from windage.files import join
from windage.spec.model import MonitorSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Locations of one monitor: storage (path or URL) of profiles and reports, database URL, and labelling queue."""

    storage: str
    database: str
    queue: str


def places(monitor: MonitorSpec) -> Places:
    """The places of a monitor.

    Raises:
        InvalidInput: the connection of the database does not exist, or is of another type.
    """
    storage = storage_of(monitor)
    database = database_location()
    queue = monitor.labeling.queue_at(storage=storage, database=database)
    return Places(storage=storage, database=database, queue=queue)


def storage_of(monitor: MonitorSpec) -> str:
    """Where the monitor's profiles and reports are: its own ``storage``, or else the one in Airflow's configuration."""
    return monitor.storage or storage_location()


def reports_of(monitor: MonitorSpec) -> str:
    """Where the monitor's reports are. The database need not be named for it, which may lie behind a connection."""
    return join(storage_of(monitor), "reports")


def storage_location() -> str:
    return _option("storage") or _home()


def database_location() -> str:
    """The URL of the database: of the connection that is named for it, as it is configured, or by default a file.

    Raises:
        InvalidInput: the connection does not exist, or is of another type.
    """
    connection_id = _option("database_conn_id")
    if connection_id:
        try:
            return database_url(BaseHook.get_connection(connection_id))
        except AirflowNotFoundException as error:
            raise InvalidInput(
                f"connection {connection_id!r}, which [windage] database_conn_id names, does not exist. Create it, or name another."
            ) from error
    return _option("database_url") or f"sqlite:///{join(_home(), 'windage.db')}"


def database_url(connection: Connection) -> str:
    """The database URL of a connection of type sqlite or postgres; for postgres, the extras are driver options.

    Raises:
        InvalidInput: the connection is of another type.
    """
    from sqlalchemy import URL

    if connection.conn_type == "sqlite":
        return f"sqlite:///{connection.host}"
    if connection.conn_type not in ("postgres", "postgresql"):
        raise InvalidInput(
            f"connection {connection.conn_id!r} is of type {connection.conn_type!r}, but the store needs "
            "sqlite or postgres. Set another in [windage] database_conn_id."
        )
    options = {name: str(value) for name, value in connection.extra_dejson.items() if isinstance(value, str | int)}
    address = URL.create(
        "postgresql",
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query=options,
    )
    return address.render_as_string(hide_password=False)


def _option(name: str) -> str:
    return (conf.get(SETTINGS, name, fallback="") or "").strip()


def _home() -> str:
    from airflow.configuration import AIRFLOW_HOME

    return join(AIRFLOW_HOME, "windage")
