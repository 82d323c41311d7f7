"""Builds the DAGs of a folder of monitor files. A broken file stays visible and affects no other monitor."""

from __future__ import annotations

import logging
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from airflow.sdk import DAG, BaseOperator, Context, CronDataIntervalTimetable, get_parsing_context
from airflow.sdk.exceptions import AirflowFailException
from pydantic import TypeAdapter, ValidationError

from windage.airflow.channels.callback import Callback
from windage.airflow.deliveries_dag import DELIVERIES, deliveries_dag
from windage.airflow.history_dag import history_dag
from windage.airflow.labels_dag import labels_dag
from windage.airflow.late_data_dag import late_data_dag
from windage.airflow.monitor_dag import monitor_dag
from windage.airflow.notifiers import MonitorBrokenNotifier
from windage.errors import InvalidInput, SpecError
from windage.masking import without_secrets
from windage.spec import load_monitor
from windage.spec.channel import Channel
from windage.spec.channel_kinds import AnyChannel
from windage.spec.model import MonitorSpec

log = logging.getLogger(__name__)

BROKEN = "windage:broken"
"""The tag of a DAG that stands for a monitor file that cannot be used."""


def monitor_dags(
    folder: str | Path, *, on_critical: Sequence[Callback] = (), on_broken: Sequence[Callback] = ()
) -> dict[str, DAG]:
    """The DAGs of every monitor file in a folder, by id.

    Airflow drops all DAGs of a Python file that raises. A monitor file that cannot be used therefore becomes a DAG under
    the monitor's name that fails every day with the reason: it neither disappears nor goes quiet, and keeps its history.
    """
    if not Path(folder).is_dir():
        raise InvalidInput(f"folder {folder} does not exist. Create it, or give the folder with the monitor files.")
    found = sorted(path for path in Path(folder).iterdir() if path.suffix in (".yaml", ".yml"))
    build = partial(_dags_of_files, on_critical=on_critical, on_broken=on_broken)
    asked = get_parsing_context().dag_id
    if asked is not None:  # a task's process needs no other DAG than its own, and every task parses this file
        if asked == DELIVERIES:
            return {DELIVERIES: deliveries_dag()}
        own = build([file for file in found if _may_define(asked, file)])
        if asked in own:
            return own
    return build(found)


_NAME = re.compile(r"^monitor\s*:\s*([\"']?)(.+?)\1\s*(?:#.*)?$", re.MULTILINE)


def _may_define(dag_id: str, file: Path) -> bool:
    """Whether a monitor's file may define a DAG: its own, or one beside it, whose id ends with the monitor's name."""
    with suppress(OSError, UnicodeDecodeError):
        name = _NAME.search(file.read_text(encoding="utf-8"))
        return name is None or dag_id.endswith(name[2])
    return True


def _dags_of_files(
    found: Iterable[Path], *, on_critical: Sequence[Callback], on_broken: Sequence[Callback]
) -> dict[str, DAG]:
    dags: dict[str, DAG] = {}
    files: dict[str, Path] = {}
    broken: list[tuple[Path, str]] = []
    notifies_anyone = False
    for file in found:
        try:
            monitor = _monitor(file, files)
            own = _dags_of(monitor, file, on_critical=on_critical, on_broken=on_broken)
        except SpecError as error:
            broken.append((file, str(error)))
        except Exception as error:  # such as a schedule that Airflow refuses; the other monitors must keep their DAGs
            log.exception("monitor file %s cannot be used", file.name)
            broken.append((file, without_secrets(f"{file.name}: {type(error).__name__}: {error}")))
        else:
            files[monitor.monitor] = file
            notifies_anyone |= bool(monitor.on_call)
            dags |= {each.dag_id: each for each in own}
    # Waiting messages are sent even if their monitor's file is broken.
    if notifies_anyone or any(_channels(_readable(file)) for file, _ in broken):
        dags[DELIVERIES] = deliveries_dag()
    for file, fault in broken:
        dag = _broken_dag(file, fault, taken=dags, on_broken=on_broken)
        dags[dag.dag_id] = dag
    return dags


def _monitor(file: Path, files: Mapping[str, Path]) -> MonitorSpec:
    """The monitor of a file; ``files`` are the files of earlier monitors by name, to refuse a duplicate."""
    monitor = load_monitor(file)
    if monitor.monitor in files:
        first = files[monitor.monitor].name
        raise SpecError(f"{file.name}: monitor {monitor.monitor!r} is already defined in {first}. Rename one.")
    return monitor


def _dags_of(
    monitor: MonitorSpec, file: Path, *, on_critical: Sequence[Callback], on_broken: Sequence[Callback]
) -> list[DAG]:
    """The monitor's own DAG and those beside it."""
    source = file.read_text(encoding="utf-8")
    made = [
        monitor_dag(monitor, source=source, on_critical=on_critical, on_broken=on_broken),
        late_data_dag(monitor, on_critical=on_critical),
        history_dag(monitor),
        labels_dag(monitor, on_critical=on_critical),
    ]
    return [each for each in made if each is not None]


class BrokenMonitorOperator(BaseOperator):
    """Fail with the faults of the monitor's file."""

    def __init__(self, *, fault: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fault = fault

    def execute(self, context: Context) -> None:  # noqa: ARG002 — the signature is Airflow's
        raise AirflowFailException(self.fault)


def _broken_dag(file: Path, fault: str, *, taken: Container[str], on_broken: Sequence[Callback]) -> DAG:
    document = _readable(file)
    name = _name(file, document, taken)
    with DAG(
        name,
        description=f"BROKEN: {fault.splitlines()[0]}",
        doc_md=f"**This monitor file cannot be used, so nothing is judged.**\n\n```\n{fault}\n```",
        schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,
        tags={"windage", BROKEN},
        on_failure_callback=[MonitorBrokenNotifier(_channels(document), name=name), *on_broken],
    ) as dag:
        BrokenMonitorOperator(task_id="correct_the_monitor_file", fault=fault, doc_md=f"```\n{fault}\n```")
    return dag


def _readable(file: Path) -> dict[str, Any]:
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


def _channels(document: dict[str, Any]) -> tuple[Channel, ...]:
    """The valid channels of a broken file: a fault in one must not keep the others from being notified."""
    named, known = document.get("on_call"), TypeAdapter(AnyChannel)
    found: list[Channel] = []
    for each in named if isinstance(named, list) else ():
        try:
            found.append(known.validate_python(each))
        except ValidationError:
            log.warning("a channel of a broken monitor file is invalid and cannot be notified")
    return tuple(found)
