"""A wall-clock limit for calls that have only limits on single steps, or none."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from threading import current_thread, main_thread
from traceback import clear_frames
from types import FrameType
from typing import TypeVar

Result = TypeVar("Result")

_REPEATED_AFTER = 0.5
_NEVER_INTERRUPTED = frozenset({"importlib._bootstrap", "airflow.sdk.execution_time.comms"})
"""Modules that are never interrupted: an import would stay half done, and the unread rest of a reply from Airflow would be
taken for the next reply."""


class TimeIsUp(TimeoutError):
    """A call exceeded its time limit."""


class _Interrupted(BaseException):
    """Interrupts a call; as a BaseException it passes every ``except Exception``."""


def result_within(seconds: float, call: Callable[[], Result]) -> Result:
    """Run the call in this thread, and interrupt it by SIGALRM when its time is up.

    It leaves no thread, process or open connection behind.

    If a library swallows the alarm, it is repeated; while a module is imported or Airflow answers a request, the
    interruption waits. If a shorter timer is running, such as Airflow's ``execution_timeout``, the call ends just before
    that timer does.

    Only the main thread, where Airflow runs tasks and callbacks, receives signals. In another thread, and inside
    compiled code that does not return to Python, only the limits of the single steps apply.

    Raises:
        TimeIsUp: the call took longer.
    """
    if current_thread() is not main_thread():
        return call()
    interrupted, is_over = _Interrupted(), False
    results: list[Result] = []

    def interrupt(_signal: int, frame: FrameType | None) -> None:
        if not (is_over or _must_not_be_interrupted(frame)):
            raise interrupted

    began = time.monotonic()
    outer, outer_again = signal.getitimer(signal.ITIMER_REAL)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, min(seconds, 0.9 * outer) if outer else seconds, _REPEATED_AFTER)
        try:
            results.append(call())
        finally:
            is_over = True
    except _Interrupted as error:
        if error is not interrupted:
            raise
        clear_frames(error.__traceback__)  # otherwise what the call opened stays open until garbage collection
        if not results:
            raise TimeIsUp(f"it took longer than {seconds:g} seconds") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if before is None else before)
        if outer:
            signal.setitimer(signal.ITIMER_REAL, max(outer - (time.monotonic() - began), 0.001), outer_again)
    return results[0]


def _must_not_be_interrupted(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") in _NEVER_INTERRUPTED:
            return True
        frame = frame.f_back
    return False
