"""A monitor's engine, with the address and settings of its Airflow connection."""

from __future__ import annotations

from urllib.parse import quote

from airflow.sdk import BaseHook, Connection

from windage.partitions.engines.engine import Engine, engine
from windage.spec.model import MonitorSpec

CONNECT_PORT = 15002


def engine_of(monitor: MonitorSpec) -> Engine:
    """The monitor's engine.

    Raises:
        InvalidInput: there is no engine of this kind.
    """
    chosen = monitor.engine
    if chosen.connection is None:
        return engine(chosen.kind, chosen.address, chosen.settings)
    connection = BaseHook.get_connection(chosen.connection)
    return engine(chosen.kind, address_of(connection), {**_settings_of(connection), **chosen.settings})


def address_of(connection: Connection) -> str:
    """The address of a connection, read as the Spark provider's hooks do: a master, or the URL of Spark Connect."""
    host = connection.host or ""
    if connection.conn_type != "spark_connect" and not host.startswith("sc://"):
        return f"{host}:{connection.port}" if connection.port else host
    parameters = {
        "user_id": connection.login,
        "token": connection.password,
        "use_ssl": "true" if connection.extra_dejson.get("use_ssl") else None,
    }
    told = "".join(f";{name}={quote(value, safe='')}" for name, value in parameters.items() if value)
    return f"sc://{host.removeprefix('sc://')}:{connection.port or CONNECT_PORT}/{told}"


def _settings_of(connection: Connection) -> dict[str, str]:
    """The extras that are Spark settings; the others are for spark-submit."""
    return {name: str(value) for name, value in connection.extra_dejson.items() if name.startswith("spark.")}
