"""A PostgreSQL that fell silent is told from one that works on: where nothing is heard, a new connection is tried."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from time import monotonic
from typing import Any

from psycopg import Connection, Error, OperationalError
from psycopg.errors import ConnectionTimeout

SILENT_SECONDS = 60
"""How long a statement is waited for before the server is asked for a sign of life, and again each time."""


class Watched(Connection[Any]):
    """A connection whose statements take as long as they take, as long as their server answers others.

    A stopped server's machine goes on acknowledging what is sent, so that no limit of TCP ends the wait.
    """

    another: Callable[[], Connection[Any]]

    def wait(self, gen: Generator[Any, Any, Any], *about: Any, **more: Any) -> Any:
        return super().wait(self._watching(gen), *about, **more)

    def _watching(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        heard = monotonic()
        try:
            awaited = next(gen)
            while True:
                ready = yield awaited
                if ready:
                    heard = monotonic()
                elif monotonic() - heard > SILENT_SECONDS:
                    self._must_live()
                    heard = monotonic()
                awaited = gen.send(ready)
        except StopIteration as ended:
            return ended.value

    def _must_live(self) -> None:
        try:
            self.another().close()
        except ConnectionTimeout as error:
            self.close()
            raise OperationalError(
                f"it has said nothing for {SILENT_SECONDS} seconds, nor to a new connection"
            ) from error
        except Error:
            return  # it answers, though it lets nobody in


def connected(_dialect: object, _record: object, words: Any, options: Any) -> Watched:
    """What SQLAlchemy asks for a connection."""
    connection = Watched.connect(*words, **options)
    connection.another = partial(Connection.connect, *words, **options)
    return connection
