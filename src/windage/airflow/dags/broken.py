"""The DAG that stands for a monitor file that cannot be used."""

from __future__ import annotations

import logging
import re
from collections.abc import Container, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from airflow.sdk import DAG, BaseOperator, Context, CronDataIntervalTimetable
from airflow.sdk.exceptions import AirflowFailException
from pydantic import TypeAdapter, ValidationError

from windage.airflow.channels.callback import Callback
from windage.airflow.notifiers import MonitorBrokenNotifier
from windage.spec.channel import Channel
from windage.spec.channel_kinds import AnyChannel

log = logging.getLogger(__name__)

BROKEN = "windage:broken"
"""The tag of such a DAG."""


class BrokenMonitorOperator(BaseOperator):
    """Fail with the faults of the monitor's file."""

    def __init__(self, *, fault: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fault = fault

    def execute(self, context: Context) -> None:  # noqa: ARG002 — the signature is Airflow's
        raise AirflowFailException(self.fault)


def broken_dag(file: Path, fault: str, *, taken: Container[str], on_broken: Sequence[Callback]) -> DAG:
    """The DAG of a file that cannot be used, under the monitor's name unless another DAG has ``taken`` it.

    It fails every day with the reason: the monitor neither disappears nor goes quiet, and keeps its history.
    """
    document = document_of(file)
    name = _name(file, document, taken)
    with DAG(
        name,
        description=f"BROKEN: {fault.splitlines()[0]}",
        doc_md=f"**This monitor file cannot be used, so nothing is judged.**\n\n```\n{fault}\n```",
        schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,
        tags={"windage", BROKEN},
        on_failure_callback=[MonitorBrokenNotifier(channels_of(document), name=name), *on_broken],
    ) as dag:
        BrokenMonitorOperator(task_id="correct_the_monitor_file", fault=fault, doc_md=f"```\n{fault}\n```")
    return dag


def document_of(file: Path) -> dict[str, Any]:
    """The mapping in a broken file, such as its name and channels; empty if it cannot be read."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return document if isinstance(document, dict) else {}


def _name(file: Path, document: dict[str, Any], taken: Container[str]) -> str:
    named, stem = str(document.get("monitor", "")), re.sub(r"[^\w.-]", "_", file.stem, flags=re.ASCII)
    usable = [name for name in (named, stem) if re.fullmatch(r"[A-Za-z0-9][\w.-]{0,99}", name, flags=re.ASCII)]
    unique = (f"broken_monitor_{number}" for number in range(1000))
    return next(name for name in (*usable, f"{stem}.broken", *unique) if name not in taken)


def channels_of(document: dict[str, Any]) -> tuple[Channel, ...]:
    """The valid channels of a broken file: a fault in one must not keep the others from being notified."""
    named, known = document.get("on_call"), TypeAdapter(AnyChannel)
    found: list[Channel] = []
    for each in named if isinstance(named, list) else ():
        try:
            found.append(known.validate_python(each))
        except ValidationError:
            log.warning("a channel of a broken monitor file is invalid and cannot be notified")
    return tuple(found)
