"""What a failure means to Airflow: retried where a retry can help, final where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowFailException

from windage.errors import TransientError, WindageError


@contextmanager
def retried_only_if_it_helps() -> Iterator[None]:
    """A broken read is raised as it is and retried; a wrong monitor, log or argument fails the task for good."""
    try:
        yield
    except TransientError:
        raise
    except WindageError as error:
        raise AirflowFailException(str(error)) from error
