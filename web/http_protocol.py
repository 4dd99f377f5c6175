"""HTTP as we speak it: parsed by llhttp, within bounds; answers go out in one piece."""

import asyncio
from datetime import timedelta
from heapq import nsmallest
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from web.crowds import TooMany, most_connections

HEAD = 64 * 1024
"""Bytes of a request's first line and headers, and of trailers. The parser knows no bound: what
comes without an end is cut off by what one read brings, 256 KiB, later."""
PATIENCE = timedelta(seconds=15)
"""How long a head may take to come, or a connection be open without one. Bodies have their own."""
AHEAD = 8
"""How many requests may wait behind an answer, with HEAD bytes of bodies, which nobody counts yet.
uvicorn reads on after each answer, whatever has gathered."""
TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """The head of an answer waits for its body, if that comes at once: each write would be a system
    call, and a packet, of its own."""

    patience, most = PATIENCE, most_connections()
    _unread = 0
    _begun: float | None = None
    _unheard, _heard_at = 0, 0.0
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's is wider
        super().connection_made(cast(asyncio.Transport, _Joining(transport, self.loop)))
        self._begun = self.loop.time()
        if len(self.connections) > self.most:
            self._make_room()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        super().data_received(data)
        if self._begun is None and (self.cycle is None or self.cycle.response_complete):
            # Empty lines are no beginning, but uvicorn no longer waits for one to end.
            self._begun = self.loop.time()
        if self._unread > HEAD and not self.transport.is_closing():
            self.send_400_response(TOO_LARGE)

    def on_message_begin(self) -> None:
        self._begun = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The parser ends the connection for whatever is raised."""
        self._begun, self._unread = None, 0
        # With ": " and the line's end: empty headers are not for nothing.
        sizes = [len(name) + len(value) + 4 for name, value in self.headers]
        if sum(sizes, len(self.url)) > HEAD:
            raise ValueError(TOO_LARGE)
        if len(self.pipeline) >= AHEAD:
            raise ValueError("too many requests at once")
        if self.parser.should_upgrade() and _has_body(self.headers):
            raise ValueError("to the parser its body would be the next request")
        super().on_headers_complete()
        # Trailers are none: what comes after the body speaks for nobody (RFC 9110, 6.5.1).
        self.headers = []

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)
        if self.pipeline and sum(len(cycle.body) for cycle, _ in self.pipeline) > HEAD:
            raise ValueError("too much behind an answer")

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing is missing here, and anybody could fill the logs with it."""

    def idle_since(self) -> float | None:
        """By the loop's clock; None while it is at work."""
        if self.cycle is not None and not self.cycle.response_complete:
            return None
        if self.timeout_keep_alive_task is not None:
            return self.timeout_keep_alive_task.when() - self.timeout_keep_alive
        return self._begun

    def _make_room(self) -> None:
        """Who has asked nothing for longest leaves, a tenth at a time: to look at all of them for
        each that comes would make a flood dear. Where all are at work, this one is too many."""
        there = [cast(BoundedHttp, one) for one in self.connections]
        there = [one for one in there if not one.transport.is_closing()]
        if len(there) <= self.most:
            return
        since = {
            one: at for one in there if one is not self and (at := one.idle_since()) is not None
        }
        leaving = nsmallest(max(self.most // 10, 1), since, key=since.__getitem__)
        for one in leaving:
            one.transport.close()
        if len(there) - len(leaving) > self.most:
            self.app = cast(Any, TooMany(cast(Any, self.app)))

    def _look(self) -> None:
        """Now and then, for a timer for each request would cost more than to read its head."""
        if self._is_deaf():
            self.transport.abort()
            return
        waited = self.loop.time() - self._begun if self._begun is not None else 0.0
        left = self.patience.total_seconds() - waited
        # One that waits behind an answer holds nobody up but its sender.
        is_at_work = self.cycle is not None and not self.cycle.response_complete
        if left <= 0 and not is_at_work and not self.transport.is_closing():
            if self.scope is not None:  # Who has said nothing at all expects no answer.
                self.transport.write(TOO_LATE)
            self.transport.close()
        self._watch = self.loop.call_later(max(left, 1), self._look)

    def _is_deaf(self) -> bool:
        """Whether for as long as `patience` nothing was taken of what was written. A connection
        that is closed stays open until all of it is."""
        unheard, now = self.transport.get_write_buffer_size(), self.loop.time()
        if not unheard or unheard != self._unheard:
            self._unheard, self._heard_at = unheard, now
        return now - self._heard_at >= self.patience.total_seconds()


TOO_LARGE = f"a request's head has {HEAD:,} bytes at most"


def _has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


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
