"""An ASGI application that is imported on the first request, because Airflow loads plugins in every task's process."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar


class LazyApp:
    routes: ClassVar[list[Any]] = []  # Airflow reads it

    def __init__(self, module: str, name: str) -> None:
        self._target = (module, name)
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            module, name = self._target
            self._app = getattr(import_module(module), name)
        await self._app(scope, receive, send)
