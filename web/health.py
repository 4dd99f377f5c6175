"""`/healthz`: the process lives. `/readyz`: it reaches its servers, and is not about to end."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import uvicorn
from redis.asyncio import Redis
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from temporalio.client import Client

from db.engine import Sessions

PATIENCE = timedelta(seconds=2)


@dataclass(frozen=True)
class Probes:
    """How to ask each server whether it is there. `stopping` is set when no new work is taken."""

    client: Client
    sessions: Sessions
    redis: Redis
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def temporal(self) -> None:
        if not await self.client.service_client.check_health(timeout=PATIENCE):
            raise ConnectionError("Temporal says that it does not serve")

    async def postgres(self) -> None:
        async with self.sessions() as session:
            await session.execute(text("SELECT 1"))

    async def valkey(self) -> None:
        await self.redis.get("slipway:ping")

    async def readiness(self) -> dict[str, bool]:
        """By server; none of them when we are about to end, since it no longer matters."""
        if self.stopping.is_set():
            return {}
        asked = {
            "temporal": self.temporal(),
            "database": self.postgres(),
            "redis": self.valkey(),
        }
        answers = await asyncio.gather(*(_answers(probe) for probe in asked.values()))
        return dict(zip(asked, answers, strict=True))


async def _answers(probe: Awaitable[None]) -> bool:
    """Whatever goes wrong, the answer is no: this is the question."""
    try:
        await asyncio.wait_for(probe, PATIENCE.total_seconds())
    except Exception:
        return False
    return True


def health_app(readiness: Callable[[], Awaitable[dict[str, bool]]]) -> Starlette:
    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> JSONResponse:
        servers = await readiness()
        if not servers:
            return JSONResponse({"status": "stopping"}, status_code=503)
        # Without Redis work goes on, only slower to be seen: that is no reason to stop us.
        ready = servers["temporal"] and servers["database"]
        status = "ready" if ready else "not ready"
        return JSONResponse({"status": status, **servers}, status_code=200 if ready else 503)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz)])


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the entry point's; the server ends with it."""
        yield


@asynccontextmanager
async def serving(probes: Probes, port: int | None) -> AsyncIterator[None]:
    """Answers over IPv4 and IPv6 while inside; without a port, nothing is opened. Raises OSError
    when the port is taken."""
    if port is None:
        yield
        return
    listening = _listening(port)
    config = uvicorn.Config(
        health_app(probes.readiness),
        log_level="warning",
        log_config=None,  # Its records go the same way as all others.
        lifespan="off",
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
        return socket.create_server(address, family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))
