"""The DAG that sends what could not be sent at once: digests, messages held until a channel's hours, and retries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, BaseOperator, Context

from windage.airflow.failures import retried_only_if_it_helps
from windage.airflow.sending import deliver_due
from windage.airflow.settings import database_location
from windage.errors import DeliveryFailed, TransientError

DELIVERIES = "windage_deliveries"
EVERY = timedelta(minutes=10)


class DeliverOperator(BaseOperator):
    """Send what is due. The task fails if a receiver does not accept a message, so that somebody sees it."""

    def execute(self, context: Context) -> int:  # noqa: ARG002 — the signature is Airflow's
        from windage.incidents.outbox import Outbox
        from windage.incidents.store import IncidentStore
        from windage.store.database import Database
        from windage.vocabulary import utc_now

        with retried_only_if_it_helps():
            database = Database(database_location())
            incidents = IncidentStore(database)
            broken = []
            for monitor in incidents.not_ended():
                try:
                    incidents.end(monitor, at=utc_now())
                except TransientError:
                    raise
                except Exception as error:  # one monitor's history must not keep the messages of all others
                    self.log.exception("the incidents of %s cannot be looked up", monitor)
                    broken.append(
                        f"The incidents of {monitor} cannot be looked up ({type(error).__name__}); see the log."
                    )
            sent = deliver_due(Outbox(database), within=EVERY.total_seconds() / 2)
        if failures := [*broken, *sent.failures]:
            raise DeliveryFailed(" ".join(failures))
        return sent.messages


def deliveries_dag() -> DAG:
    """One DAG for the outbox of all monitors."""
    with DAG(
        DELIVERIES,
        description="Sends digests, messages that waited for a channel's hours, and retries of failed deliveries.",
        schedule=EVERY,
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        dagrun_timeout=EVERY,
        tags={"windage"},
    ) as dag:
        DeliverOperator(task_id="deliver", retries=0, doc_md=DeliverOperator.__doc__)
    return dag
