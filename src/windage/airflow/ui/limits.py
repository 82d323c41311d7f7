"""A size limit for request bodies: no page or program needs to send more than a few pages of text."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 1024


class SmallBodies:
    """Answers 413 to a body of more than ``MOST_BYTES``, with or without a Content-Length header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("Content-Length", "0")
        if not said.isdecimal() or int(said) > MOST_BYTES:
            await _too_large(scope, receive, send)
            return
        body, whole = b"", False
        while not whole:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            whole = not message.get("more_body", False)
            if len(body) > MOST_BYTES:
                await _too_large(scope, receive, send)
                return
        is_read = False

        async def replayed() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replayed, send)


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    text = f"The request body is larger than {MOST_BYTES} bytes. Send less."
    await JSONResponse({"detail": text}, status_code=413)(scope, receive, send)
