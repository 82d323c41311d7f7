"""A wall-clock limit for calls whose library limits only their single steps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def result_within(seconds: float, call: Callable[[], Result]) -> Result:
    """What the call returns or raises, from a thread of its own.

    Nothing can end a library that waits for a receiver's next byte, so a call that takes longer is left behind: its thread
    ends with its connection or with the process.

    Raises:
        TimeoutError: the call took longer.
    """
    answer: Future[Result] = Future()

    def fill() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001 — it is raised in the thread that waits
            answer.set_exception(error)

    Thread(target=copy_context().run, args=(fill,), daemon=True).start()
    return answer.result(timeout=seconds)
