"""Builds the DAGs of a folder of monitor files. A broken file stays visible and affects no other monitor."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from airflow.sdk import DAG, get_parsing_context

from windage.airflow.channels.callback import Callback
from windage.airflow.dags.broken import broken_dag, channels_of, document_of
from windage.airflow.dags.deliveries import DELIVERIES, deliveries_dag
from windage.airflow.dags.history import history_dag
from windage.airflow.dags.labels import labels_dag
from windage.airflow.dags.late_data import late_data_dag
from windage.airflow.dags.monitor import monitor_dag
from windage.errors import InvalidInput, SpecError
from windage.masking import without_secrets
from windage.spec import load_monitor
from windage.spec.model import MonitorSpec

log = logging.getLogger(__name__)


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
    if notifies_anyone or any(channels_of(document_of(file)) for file, _ in broken):
        dags[DELIVERIES] = deliveries_dag()
    for file, fault in broken:
        dag = broken_dag(file, fault, taken=dags, on_broken=on_broken)
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
