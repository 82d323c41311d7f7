"""The DAG that imports a monitor's labels, and judges the windows again that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Context, TriggerRule

from windage.airflow.channels.callback import Callback
from windage.airflow.dags.beside import dag_beside
from windage.airflow.operators.rejudging import for_one_run, judge_each_again
from windage.airflow.operators.step import MonitorOperator
from windage.errors import DataError, TransientError, WindageError
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window

if TYPE_CHECKING:
    from windage.labeling.exchange import Imported
    from windage.labeling.queue import ActiveLabelingQueue


def labels_dag(monitor: MonitorSpec, *, on_critical: Sequence[Callback] = ()) -> DAG | None:
    """The DAG that imports labels and judges by them; None if the monitor's rows cannot be queued."""
    labeling = monitor.labeling
    if not monitor.log.has("answers") or not (labeling.limit or labeling.trickle):
        return None
    description = f"Labels of {monitor.monitor}: imports them and judges their windows again."
    with dag_beside(monitor, "labels", description=description, schedule=labeling.ingest) as dag:
        taken = IngestLabelsOperator(task_id="ingest_labels", monitor=monitor)
        windows = OutdatedWindowsOperator(task_id="find_windows", monitor=monitor, trigger_rule=TriggerRule.ALL_DONE)
        judge_each_again(monitor, windows.output, on_critical=on_critical)
        taken >> windows
        taken >> EmptyOperator(task_id="all_files_read")  # a leaf, so that a file that cannot be read fails the run
    return dag


class IngestLabelsOperator(MonitorOperator):
    """Import the label files in ``labeling.answers``, and expire the requests that nobody answered in time."""

    def step(self, context: Context) -> dict[str, int]:  # noqa: ARG002 — the base class passes it
        from windage.labeling.queue import ActiveLabelingQueue

        queue = ActiveLabelingQueue(self.places.queue)
        done = {"labelled": 0, "skipped": 0}
        faults: list[str] = []
        for location in self._files():
            try:
                found = self._import(queue, location)
            except TransientError:
                raise
            except WindageError as error:  # such as a half-written file; the others must be imported
                self.log.error("%s", error)  # noqa: TRY400 — the sentence says it all
                faults.append(str(error))
                continue
            done["labelled"] += found.labelled
            done["skipped"] += found.skipped
            if found.fault:
                faults.append(str(DataError(f"{location}: {found.fault}")))
                self.log.error("%s", faults[-1])
        done["expired"] = queue.expire()
        if faults:
            raise DataError(f"{' '.join(faults)} All other files were imported: {done}.")
        return done

    def _files(self) -> list[str]:
        """The existing label files; empty if the monitor sets no ``labeling.answers``."""
        from windage.files import is_absolute, join
        from windage.labeling.exchange import FORMATS
        from windage.partitions.listing import files_at

        place = self.monitor.labeling.answers
        if place is None:
            return []
        found = files_at(place if is_absolute(place) else join(self.places.storage, place))
        return [each.location for each in found if each.location.lower().endswith(FORMATS)]

    def _import(self, queue: ActiveLabelingQueue, location: str) -> Imported:
        from windage.labeling.exchange import answers, await_whole, record

        await_whole(location)
        found = record(queue, answers(location), corrects=False)
        if found.unknown:
            self.log.warning("%d answers in %r match no request", len(found.unknown), location)
        return found


class OutdatedWindowsOperator(MonitorOperator):
    """Find the windows whose rows got labels since they were judged."""

    def step(self, context: Context) -> list[dict[str, Any]]:  # noqa: ARG002 — the base class passes it
        from windage.labeling.outdated import outdated
        from windage.labeling.queue import ActiveLabelingQueue
        from windage.reports.index import ReportIndex
        from windage.store.database import Database

        judged = ReportIndex(Database(self.places.database)).latest(self.monitor.monitor, limit=1000)
        if not judged:
            return []
        period = Window(start=min(each.window.start for each in judged), end=max(each.window.end for each in judged))
        asked = ActiveLabelingQueue(self.places.queue).of_period(self.monitor.monitor, period)
        return for_one_run(outdated(judged, asked))
