"""The second DAG of a monitor: labels come in, and the windows that they are about are judged again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Context, TriggerRule

from windage.airflow.channels.callback import Callback
from windage.airflow.operators import MonitorOperator
from windage.airflow.rejudging import MOST_WINDOWS, dag_beside, judge_each_again
from windage.errors import DataError, TransientError, WindageError
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window


def labels_dag(monitor: MonitorSpec, *, on_critical: Sequence[Callback] = ()) -> DAG | None:
    """Take labels in and judge by them; None for a monitor of whose rows nobody can be asked."""
    labeling = monitor.labeling
    if not monitor.log.has("answers") or not (labeling.limit or labeling.trickle):
        return None
    description = f"Labels of {monitor.monitor}: imports them and judges their windows again."
    with dag_beside(monitor, "labels", description=description, schedule=labeling.ingest) as dag:
        taken = IngestLabelsOperator(task_id="ingest_labels", monitor=monitor)
        windows = OutdatedWindowsOperator(task_id="find_windows", monitor=monitor, trigger_rule=TriggerRule.ALL_DONE)
        judge_each_again(monitor, windows.output, on_critical=on_critical)
        taken >> windows
        taken >> EmptyOperator(task_id="all_files_read")  # a run is what its last tasks are: one file unread fails it
    return dag


class IngestLabelsOperator(MonitorOperator):
    """Read the files of labels that the monitor's ``labeling.answers`` names, and let go what nobody came to."""

    def step(self, context: Context) -> dict[str, int]:  # noqa: ARG002 — the base class passes it
        from windage.files import is_absolute, join
        from windage.labeling.exchange import FORMATS, answers, record_new
        from windage.labeling.queue import ActiveLabelingQueue
        from windage.partitions.listing import files_at

        queue, place = ActiveLabelingQueue(self.places.queue), self.monitor.labeling.answers
        labelled = skipped = 0
        unread: list[str] = []
        if place is not None:
            at = place if is_absolute(place) else join(self.places.storage, place)
            for file in files_at(at):
                if not file.location.lower().endswith(FORMATS):
                    continue
                try:
                    found = record_new(queue, answers(file.location))
                except TransientError:
                    raise
                except WindageError as error:  # as of a file that is half there: it must not keep the others waiting
                    self.log.error("%s", error)  # noqa: TRY400 — the sentence says it all
                    unread.append(str(error))
                    continue
                labelled, skipped = labelled + found.labelled, skipped + found.skipped
                if found.fault:
                    unread.append(str(DataError(f"{file.location}: {found.fault}")))
                    self.log.error("%s", unread[-1])
                if found.unknown:
                    self.log.warning("%d answers in %r match no request", len(found.unknown), file.location)
        done = {"labelled": labelled, "skipped": skipped, "expired": queue.expire()}
        if unread:
            raise DataError(f"{' '.join(unread)} All other files were imported: {done}.")
        return done


class OutdatedWindowsOperator(MonitorOperator):
    """Find the windows of whose rows labels came in since they were judged."""

    def step(self, context: Context) -> list[dict[str, Any]]:  # noqa: ARG002 — the base class passes it
        from windage.labeling.outdated import outdated
        from windage.labeling.queue import ActiveLabelingQueue
        from windage.store.database import Database

        judged = Database(self.places.database).reports(self.monitor.monitor, limit=1000)
        if not judged:
            return []
        period = Window(start=min(each.window.start for each in judged), end=max(each.window.end for each in judged))
        asked = ActiveLabelingQueue(self.places.queue).of_period(self.monitor.monitor, period)
        return [each.model_dump(mode="json") for each in outdated(judged, asked)[-MOST_WINDOWS:]]
