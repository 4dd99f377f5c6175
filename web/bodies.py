"""Reading a request's body within bounds of size and time; what it must say of its form."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from starlette.requests import Request
from starlette.types import Scope

JSON = "application/json"
UTF_8 = ("utf-8", "utf8", "us-ascii")
PATIENCE = timedelta(seconds=15)
MIB = 1024 * 1024
IN_MEMORY = 256 * MIB
SMALL = 64 * 1024
"""As most are. A quarter of the memory is for them alone, about as much as all connections can
send: who sends large ones slowly, and needs no signature for that, keeps none of them out."""


class TurnedAwayError(Exception):
    """An answer other than yes; `retry_after` for who shall come again."""

    def __init__(self, status: int, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.status, self.retry_after = status, retry_after


class Bodies:
    """All bodies that are being read or held, so that together they don't fill the memory."""

    def __init__(self, patience: timedelta = PATIENCE, in_memory: int = IN_MEMORY) -> None:
        self.patience, self.free = patience, in_memory
        self.for_small = in_memory // 4

    def reading(self, request: Request, limit: int) -> "Held":
        """The body, while inside. Raises TurnedAwayError: 413 as soon as it is too large, 408 when
        it takes too long, 503 when too many are held."""
        return Held(self, request, limit)


class Held:
    """One of them. A class, for it costs a fifth of what a generator would."""

    def __init__(self, bodies: Bodies, request: Request, limit: int) -> None:
        self._bodies, self._request, self._limit = bodies, request, limit
        self._size = 0

    async def __aenter__(self) -> bytes:
        if _declared(self._request.scope) > self._limit:
            raise _too_large(self._limit)
        seconds = self._bodies.patience.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._read()
        except BaseException as error:
            self._let_go()
            if isinstance(error, TimeoutError):
                raise TurnedAwayError(408, f"the body did not come within {seconds:g} s") from None
            raise

    async def __aexit__(self, *_: object) -> None:
        self._let_go()

    async def _read(self) -> bytes:
        parts: list[bytes] = []
        while True:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                raise TurnedAwayError(400, "the body ended early")
            parts.append(message.get("body", b""))
            self._take(len(parts[-1]))
            if not message.get("more_body", False):
                return b"".join(parts)

    def _take(self, count: int) -> None:
        self._size += count
        self._bodies.free -= count
        if self._size > self._limit:
            raise _too_large(self._limit)
        if self._bodies.free < (self._bodies.for_small if self._size > SMALL else 0):
            raise TurnedAwayError(503, "too much at once", timedelta(seconds=5))

    def _let_go(self) -> None:
        self._bodies.free += self._size
        self._size = 0


def check_form(headers: Mapping[str, Sequence[str]], *more: str) -> None:
    """Raises TurnedAwayError (415) for all but plain JSON in UTF-8, and `more` content types."""
    encodings = headers.get("content-encoding", ())
    if any(encoding.strip().lower() not in ("", "identity") for encoding in encodings):
        raise TurnedAwayError(415, "send the body without a content encoding")
    kinds = headers.get("content-type", ())
    kind, _, parameters = kinds[0].partition(";") if len(kinds) == 1 else ("", "", "")
    if kind.strip().lower() not in (JSON, *more):
        raise TurnedAwayError(415, f"send {' or '.join((JSON, *more))}")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in UTF_8:
            raise TurnedAwayError(415, "send the body in UTF-8")


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _too_large(limit: int) -> TurnedAwayError:
    return TurnedAwayError(413, f"a body has {limit:,} bytes at most")
