"""How many connections may be open at once, and what is said to those beyond."""

import resource
import sys

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MOST = 1_000
AT_ONCE = 128
FOR_ALL_ELSE = 128
"""Files and sockets of our own: pools, logs, pipes to git."""
ALIVE = "/healthz"
LATER = {"Retry-After": "5", "Connection": "close"}


def most_connections() -> int:
    """As far as the process may open files (`ulimit -n`, often 1,024): without one to spare it
    could not even open its own connection to Postgres."""
    files = _files()
    return min(MOST, max(files - 3 * accepted_at_once() - FOR_ALL_ELSE, files // 4))


def accepted_at_once() -> int:
    """asyncio has done so three times before it counts the first of them and closes others."""
    return min(AT_ONCE, _files() // 16)


def _files() -> int:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if files == resource.RLIM_INFINITY else files


class TooMany:
    """Stands before an application on a connection too many: only whether we live can be asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == ALIVE:
            await self._app(scope, receive, send)
        else:
            await TOO_MANY(scope, receive, send)


TOO_MANY = JSONResponse({"error": "too many connections"}, 503, LATER)
