"""Serving an application on a port, until its owner ends."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp

from web.crowds import accepted_at_once
from web.http_protocol import BoundedHttp

QUEUE = 1_024
TAKEN = (
    "port {port} is in use by another program, another Slipway perhaps. End that one, or name "
    "another port: PORT for the gateway, SLIPWAY_HEALTH_PORT for the worker."
)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the entry point's; the server ends with it."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """The kernel may keep more waiting than asyncio shall accept at a time."""
        await super().startup(sockets)
        for listening in sockets or []:
            listening.listen(QUEUE)


@asynccontextmanager
async def served(
    app: ASGIApp, port: int, patience: timedelta | None = None, proxies: str = "127.0.0.1"
) -> AsyncIterator[None]:
    """Answers over IPv4 and IPv6 while inside; at the end, requests that are under way are
    finished, for as long as `patience`. What `proxies` (addresses and networks, with commas) say
    of a caller's address and scheme is believed. Raises OSError when the port is taken."""
    try:
        listening = _listening(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise OSError(TAKEN.format(port=port)) from error
    config = uvicorn.Config(
        app,
        http=BoundedHttp,
        ws="none",  # Whatever is installed beside us, an upgrade would leave those bounds.
        log_level="warning",
        log_config=None,  # Its records go the same way as all others.
        access_log=False,
        lifespan="off",
        backlog=accepted_at_once(),
        server_header=False,
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=int(patience.total_seconds()) if patience else None,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await running


def _listening(port: int) -> socket.socket:
    """Left to itself, asyncio would make a socket for IPv6 alone."""
    if socket.has_dualstack_ipv6():
        address = ("::", port)
        listening = socket.create_server(address, family=socket.AF_INET6, dualstack_ipv6=True)
    else:
        listening = socket.create_server(("", port))
    # asyncio sets it for sockets of its own making alone; without it each answer takes 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
