"""A function of the DAG's author as a channel, so that it is called once, and again only where it failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal, overload

from airflow.sdk import Context

from windage.message import Message
from windage.spec.channel import Channel

Callback = Callable[[Context], Any]


class CallbackChannel(Channel):
    """No monitor's file can name it, and its function is called with the context of the run, not with the message."""

    kind: Literal["callback"] = "callback"
    name: str


class Callbacks(Sequence[Callback]):
    """Callbacks with the same ``repr`` in every parse.

    Airflow keeps the ``repr`` of a mapped task's arguments, and takes another one for another version of the DAG.
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
    """The callbacks by names that are the same in every parse of the DAG."""
    return {
        f"{number} {getattr(each, '__qualname__', type(each).__qualname__)}": each
        for number, each in enumerate(callbacks, start=1)
    }


def called_with(context: Any, callbacks: dict[str, Callback]) -> dict[str, Callable[[Message], Any]]:
    return {name: partial(_call, each, context) for name, each in callbacks.items()}


def _call(callback: Callback, context: Context, _message: Message) -> Any:
    return callback(context)
