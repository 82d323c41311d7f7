"""A function of the DAG's author as a channel: it is called once, and again only if it failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal, overload

from airflow.sdk import Context

from windage.message import Message
from windage.spec.channel import Channel

Callback = Callable[[Context], Any]


class CallbackChannel(Channel):
    """A channel that no monitor's file can name; its function gets the run's context instead of the message."""

    kind: Literal["callback"] = "callback"
    name: str


class Callbacks(Sequence[Callback]):
    """Callbacks with the same ``repr`` in every parse.

    Airflow stores the ``repr`` of a mapped task's arguments, and takes a different one for a new version of the DAG.
    """

    def __init__(self, callbacks: Iterable[Callback] = ()) -> None:
        self._callbacks = tuple(callbacks)

    @overload
    def __getitem__(self, place: int) -> Callback: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Callback]: ...
    def __getitem__(self, place: int | slice) -> Callback | Sequence[Callback]:
        return self._callbacks[place]

    def __len__(self) -> int:
        return len(self._callbacks)

    def __repr__(self) -> str:
        return ", ".join(named(self._callbacks))


def named(callbacks: Sequence[Callback]) -> dict[str, Callback]:
    """The callbacks, each under a name that is the same in every parse of the DAG."""
    return {
        f"{number} {getattr(each, '__qualname__', type(each).__qualname__)}": each
        for number, each in enumerate(callbacks, start=1)
    }


def called_with(context: Any, callbacks: dict[str, Callback]) -> dict[str, Callable[[Message], Any]]:
    return {name: partial(_call, each, context) for name, each in callbacks.items()}


def _call(callback: Callback, context: Context, _message: Message) -> Any:
    return callback(context)
