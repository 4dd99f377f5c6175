"""`/healthz`: the process lives. `/readyz`: it reaches its servers, and is not about to end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from redis.asyncio import Redis
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from temporalio.client import Client

from db.engine import Sessions, at_most
from web.server import served

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
        await self.redis.ping()

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
        async with at_most(PATIENCE):
            await probe
    except Exception:
        return False
    return True


def health_app(readiness: Callable[[], Awaitable[dict[str, bool]]]) -> Starlette:
    return Starlette(routes=health_routes(readiness))


def health_routes(readiness: Callable[[], Awaitable[dict[str, bool]]]) -> list[Route]:
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

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/api/health", readyz),
    ]


@asynccontextmanager
async def serving(probes: Probes, port: int | None) -> AsyncIterator[None]:
    """Answers over IPv4 and IPv6 while inside; without a port, nothing is opened. Raises OSError
    when the port is taken."""
    if port is None:
        yield
        return
    async with served(health_app(probes.readiness), port):
        yield
