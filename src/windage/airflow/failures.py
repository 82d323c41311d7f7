"""Decides which failures of a task Airflow retries, and stores the last error for the message about the failed run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException

from windage.airflow.settings import storage_of
from windage.errors import TransientError, WindageError
from windage.files import join, read_bytes, write_atomically
from windage.spec.model import MonitorSpec
from windage.store.keys import natural_key

log = logging.getLogger(__name__)
LONGEST = 600


@contextmanager
def retried_only_if_it_helps() -> Iterator[None]:
    """Let Airflow retry a TransientError, and fail the task for good on any other WindageError."""
    try:
        yield
    except TransientError:
        raise
    except WindageError as error:
        raise AirflowFailException(str(error)) from error


@contextmanager
def step_of(monitor: MonitorSpec, context: Context, *, task_id: str) -> Iterator[None]:
    """Run one task of a monitor, and store the message of its error.

    Another process notifies people of the failed run, and Airflow does not pass the exception to it.
    """
    with retried_only_if_it_helps():
        try:
            yield
        except WindageError as error:
            try:
                write_atomically(_place(monitor, str(context.get("run_id")), task_id), str(error).encode())
            except WindageError:
                log.exception("could not save why the task failed")
            raise


def why_it_failed(monitor: MonitorSpec, *, run_id: str, task_id: str) -> str:
    """The message of a task's last error; empty if there is none or it cannot be read."""
    try:
        kept = read_bytes(_place(monitor, run_id, task_id))
    except WindageError as error:
        log.warning("could not read why the task failed: %s", error)
        return ""
    return "" if kept is None else kept.decode(errors="replace")[:LONGEST]


def _place(monitor: MonitorSpec, run_id: str, task_id: str) -> str:
    return join(storage_of(monitor), "reports", monitor.monitor, "failures", f"{natural_key(run_id, task_id)}.txt")
