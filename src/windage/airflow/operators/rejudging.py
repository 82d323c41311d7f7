"""The operator that judges a window again, and how a DAG maps it over windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk import Context, XComArg

from windage.airflow.assets import event_extra, report_asset
from windage.airflow.channels.callback import Callback, Callbacks
from windage.airflow.operators.incidents import IncidentOperator
from windage.airflow.settings import reports_of
from windage.spec.model import MonitorSpec
from windage.vocabulary import Window

MOST_WINDOWS = 31
"""How many windows one run judges again; the next run judges those that are left."""


class RejudgeOperator(IncidentOperator):
    """Judge a window again from its cached profiles and the current labels, and replace its report.

    If the window's own partitions are gone, or most of its reference, the report is kept, because it covers more than a new
    one would.
    """

    template_fields: Sequence[str] = ("window",)

    def __init__(self, *, window: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.window = window

    def step(self, context: Context) -> dict[str, Any] | None:
        from windage.airflow.sending import deliver_due
        from windage.history.rejudging import judge_again
        from windage.incidents.outbox import Outbox
        from windage.reports.store import ReportStore
        from windage.store.database import Database

        database = Database(self.places.database)
        made = judge_again(
            self.job(),
            Window.model_validate(self.window),
            database=database,
            reports=ReportStore(reports_of(self.monitor)),
            keep=lambda report, reference: self.claim(context, report, reference, database),
        )
        if made is None:
            return None
        _, reference = made
        deliver_due(Outbox(database), monitor=self.monitor.monitor, callbacks=self.calls(context, reference))
        context["outlet_events"][report_asset(self.monitor.monitor)].extra = event_extra(reference, context)
        return reference.model_dump(mode="json")


def for_one_run(windows: Sequence[Window]) -> list[dict[str, Any]]:
    """The windows that one run judges again, of windows from the oldest to the newest: half are the newest, and half the oldest,
    which would wait for ever behind newer ones whose files are broken."""
    if len(windows) > MOST_WINDOWS:
        oldest = MOST_WINDOWS // 2
        windows = [*windows[:oldest], *windows[oldest - MOST_WINDOWS :]]
    return [each.model_dump(mode="json") for each in windows]


def judge_each_again(monitor: MonitorSpec, windows: XComArg, *, on_critical: Sequence[Callback] = ()) -> None:
    """Add the task that judges the windows again, mapped over them."""
    RejudgeOperator.partial(
        task_id="judge_again",
        monitor=monitor,
        callbacks=Callbacks(on_critical),
        outlets=[report_asset(monitor.monitor)],
        map_index_template="{{ task.window['start'][:16] }}",
    ).expand(window=windows)
