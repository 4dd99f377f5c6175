"""HTTP as we speak it: parsed by llhttp, with a bound on heads; answers go out in one piece."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD = 64 * 1024
"""Bytes of a request's first line and headers, trailers included. The parser knows no bound."""


class BoundedHttp(HttpToolsProtocol):
    """The head of an answer waits for its body, if that comes at once: each write would be a system
    call, and a packet, of its own."""

    _head = _unread = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's is wider
        super().connection_made(cast(asyncio.Transport, _Joining(transport, self.loop)))

    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        super().data_received(data)
        if self._unread > HEAD and not self.transport.is_closing():
            self.send_400_response(TOO_LARGE)

    def on_message_begin(self) -> None:
        self._head = self._unread = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(name, value)
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def _count(self, *parts: bytes) -> None:
        """The parser ends the connection for whatever is raised."""
        self._unread = 0
        self._head += sum(map(len, parts))
        if self._head > HEAD:
            raise ValueError(TOO_LARGE)


TOO_LARGE = f"a request's head has {HEAD:,} bytes at most"


class _Joining:
    """A transport that writes when the loop is done with what it does now."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> None:
        if not self._pieces:
            self._loop.call_soon(self._flush)
        self._pieces.append(piece)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._pieces:
            pieces, self._pieces = self._pieces, []
            self._transport.write(b"".join(pieces))
