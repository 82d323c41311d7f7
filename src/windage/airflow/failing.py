"""What a task's failure means to Airflow, and what of it is kept for the page that follows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowFailException

from windage.errors import TransientError, WindageError
from windage.files import join, read_bytes, write_atomically
from windage.store.places import natural_key

log = logging.getLogger(__name__)
LONGEST = 600


@contextmanager
def retried_only_if_it_helps() -> Iterator[None]:
    """A broken read is raised as it is and retried; a wrong monitor, log or argument fails the task for good."""
    try:
        yield
    except TransientError:
        raise
    except WindageError as error:
        raise AirflowFailException(str(error)) from error


@contextmanager
def kept_for_the_page(reports: str, monitor: str, *, run_id: str, task_id: str) -> Iterator[None]:
    """Keep what an error says beside the monitor's reports: who is paged of a failed run is told by another process, which
    Airflow tells of no exception."""
    try:
        yield
    except WindageError as error:
        try:
            write_atomically(_place(reports, monitor, run_id, task_id), str(error).encode())
        except WindageError:
            log.exception("why the task failed could not be kept for the page")
        raise


def why_it_failed(reports: str, monitor: str, *, run_id: str, task_id: str | None) -> str:
    """What the last error of a task said; nothing where it was killed, or where that cannot be read."""
    if task_id is None:
        return ""
    try:
        kept = read_bytes(_place(reports, monitor, run_id, task_id))
    except WindageError as error:
        log.warning("why the task failed could not be read: %s", error)
        return ""
    return "" if kept is None else kept.decode(errors="replace")[:LONGEST]


def _place(reports: str, monitor: str, run_id: str, task_id: str) -> str:
    return join(reports, monitor, "failures", f"{natural_key(run_id, task_id)}.txt")
