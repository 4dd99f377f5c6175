"""Reading a request's body within bounds of size and time; what it must say of its form."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from starlette.requests import ClientDisconnect, Request

PATIENCE = timedelta(seconds=15)
MIB = 1024 * 1024
IN_MEMORY = 256 * MIB


class RefusedError(Exception):
    """An answer other than yes; `retry_after` for who shall come again."""

    def __init__(self, status: int, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.status, self.retry_after = status, retry_after


class Bodies:
    """All bodies that are being read or held, so that together they don't fill the memory."""

    def __init__(self, patience: timedelta = PATIENCE, in_memory: int = IN_MEMORY) -> None:
        self._patience, self._free = patience, in_memory

    @asynccontextmanager
    async def reading(self, request: Request, limit: int) -> AsyncIterator[bytes]:
        """The body, while inside. Raises RefusedError: 413 as soon as it is too large, 408 when
        it takes too long, 503 when too many are held."""
        if _declared(request) > limit:
            raise _too_large(limit)
        parts: list[bytes] = []
        try:
            await self._read(request, limit, parts)
            yield b"".join(parts)
        finally:
            self._free += sum(map(len, parts))

    async def _read(self, request: Request, limit: int, parts: list[bytes]) -> None:
        size = 0
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                async for part in request.stream():
                    parts.append(part)
                    size += len(part)
                    self._free -= len(part)
                    if size > limit:
                        raise _too_large(limit)
                    if self._free < 0:
                        raise RefusedError(503, "too much at once", timedelta(seconds=5))
        except TimeoutError:
            seconds = f"{self._patience.total_seconds():g}"
            raise RefusedError(408, f"the body did not come within {seconds} s") from None
        except ClientDisconnect:
            raise RefusedError(400, "the body ended early") from None


def check_form(headers: Mapping[str, Sequence[str]], *more: str) -> None:
    """Raises RefusedError (415) for all but plain JSON in UTF-8, and `more` content types."""
    encodings = headers.get("content-encoding", ())
    if any(encoding.strip().lower() not in ("", "identity") for encoding in encodings):
        raise RefusedError(415, "send the body without a content encoding")
    kinds = headers.get("content-type", ())
    kind, _, parameters = kinds[0].partition(";") if len(kinds) == 1 else ("", "", "")
    if kind.strip().lower() not in (JSON, *more):
        raise RefusedError(415, f"send {' or '.join((JSON, *more))}")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in UTF_8:
            raise RefusedError(415, "send the body in UTF-8")


JSON = "application/json"
UTF_8 = ("utf-8", "utf8", "us-ascii")


def _declared(request: Request) -> int:
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _too_large(limit: int) -> RefusedError:
    return RefusedError(413, f"a body has {limit:,} bytes at most")
