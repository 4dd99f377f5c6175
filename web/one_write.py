"""Answers that go out in one piece: each write would be a system call, and a packet, of its own."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol


class OneWrite(H11Protocol):
    """The head of an answer waits for its body, if that comes at once."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's is wider
        super().connection_made(cast(asyncio.Transport, _Joining(transport, self.loop)))


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
