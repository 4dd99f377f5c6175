"""Answers other than yes."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from math import ceil

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from temporalio.service import RPCError

from clients.temporal.orchestrations import UnansweredError
from web.bodies import TurnedAwayError

# A client that has never reached Temporal says so by a plain RuntimeError.
AWAY_ERRORS = (OSError, SQLAlchemyError, RPCError, UnansweredError, RuntimeError)
LINGER = timedelta(seconds=2)
HEARD_OUT = 8 * 1024 * 1024


def unauthorised() -> TurnedAwayError:
    """The same for every reason: to say which would help nobody but a guesser."""
    return TurnedAwayError(401, "not signed by who may")


def refusal(refused: TurnedAwayError) -> JSONResponse:
    content = {"error": str(refused)}
    headers = {}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(max(ceil(refused.retry_after.total_seconds()), 1))
    if refused.status in (408, 413):
        headers["Connection"] = "close"
    if refused.status == 413:
        return _Lingering(content, 413, headers)
    return JSONResponse(content, refused.status, headers)


class _Lingering(JSONResponse):
    """Answers at once, then hears the sender out for a while: the connection of one who still
    writes would be reset, and the answer with it (RFC 9112, section 9.6)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER.total_seconds()):
                await _hear_out(receive)
        await send({"type": "http.response.body", "body": b""})


async def _hear_out(receive: Receive) -> None:
    heard = 0
    while heard < HEARD_OUT:
        message = await receive()
        heard += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
