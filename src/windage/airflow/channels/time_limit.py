"""A wall-clock limit for what has limits only on its single steps, or none at all."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from threading import current_thread, main_thread
from traceback import clear_frames
from types import FrameType
from typing import TypeVar

Result = TypeVar("Result")

_RINGS_AGAIN_AFTER = 0.5
_NEVER_CUT_SHORT = frozenset({"importlib._bootstrap", "airflow.sdk.execution_time.comms"})
"""Code that is never interrupted: a module would stay half imported, and the rest of an answer of Airflow's would be taken
for the next one."""


class TimeIsUp(TimeoutError):
    """A call took longer than it was given."""


class _Interrupted(BaseException):
    """Ends a call where it stands; nobody's ``except Exception`` takes it for an error of his own."""


def result_within(seconds: float, call: Callable[[], Result]) -> Result:
    """Run the call in this thread, and interrupt it by the system's alarm when its time is up.

    No thread, no process and no open connection is left behind.

    An alarm that a library swallows rings again; one that comes while a module is imported or Airflow is asked for
    something waits until that is done. Within a shorter limit, such as Airflow's ``execution_timeout``, the call ends just
    before that one.

    Only the main thread hears signals, which is where Airflow runs tasks and callbacks. In another thread, and inside
    compiled code that does not return to Python, only the limits of the single steps hold.

    Raises:
        TimeIsUp: the call took longer.
    """
    if current_thread() is not main_thread():
        return call()
    interrupted, is_over = _Interrupted(), False
    results: list[Result] = []

    def ring(_signal: int, frame: FrameType | None) -> None:
        if not (is_over or _is_not_to_be_cut(frame)):
            raise interrupted

    began = time.monotonic()
    outer, outer_again = signal.getitimer(signal.ITIMER_REAL)
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, min(seconds, 0.9 * outer) if outer else seconds, _RINGS_AGAIN_AFTER)
        try:
            results.append(call())
        finally:
            is_over = True
    except _Interrupted as error:
        if error is not interrupted:
            raise
        clear_frames(error.__traceback__)  # or what the call had open would stay so until memory is tidied
        if not results:
            raise TimeIsUp(f"it took longer than {seconds:g} seconds") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if before is None else before)
        if outer:
            signal.setitimer(signal.ITIMER_REAL, max(outer - (time.monotonic() - began), 0.001), outer_again)
    return results[0]


def _is_not_to_be_cut(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") in _NEVER_CUT_SHORT:
            return True
        frame = frame.f_back
    return False
