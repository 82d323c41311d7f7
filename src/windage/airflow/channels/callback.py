"""A function of the DAG's author as a channel, so that it too is called once and again when it failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

from airflow.sdk import Context

from windage.message import Message
from windage.spec.channel import Channel

Callback = Callable[[Context], Any]


class CallbackChannel(Channel):
    """It stands in no monitor's file and is called with the context of the run, not with the message."""

    kind: Literal["callback"] = "callback"
    name: str


def named(callbacks: Sequence[Callback]) -> dict[str, Callback]:
    """The callbacks by names that are the same in every parse of the DAG."""
    return {
        f"{number} {getattr(each, '__qualname__', type(each).__qualname__)}": each
        for number, each in enumerate(callbacks, start=1)
    }


def called_with(context: Any, callbacks: dict[str, Callback]) -> dict[str, Callable[[Message], Any]]:
    return {name: partial(_call, each, context) for name, each in callbacks.items()}


def _call(callback: Callback, context: Context, _message: Message) -> Any:
    return callback(context)
