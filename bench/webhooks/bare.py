"""What somebody would write by hand: Starlette, HMAC and one insert with asyncpg.

`python -m bench.webhooks.bare PORT DATABASE_URL`.
"""

import asyncio
import hmac
import os
import signal
import sys

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.webhooks.sender import SECRET

TABLE = """CREATE TABLE IF NOT EXISTS deliveries (
    delivery_id text PRIMARY KEY, event text NOT NULL, payload jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now())"""
INSERT = """INSERT INTO deliveries (delivery_id, event, payload) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING"""


class Receiver:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def take(self, request: Request) -> JSONResponse:
        body = await request.body()
        digest = hmac.digest(SECRET.encode(), body, "sha256").hex()
        given = request.headers["x-hub-signature-256"]
        if not hmac.compare_digest(f"sha256={digest}", given):
            return JSONResponse({"error": "not signed"}, status_code=401)
        delivery = request.headers["x-github-delivery"]
        said = await self._pool.execute(
            INSERT, delivery, request.headers["x-github-event"], body.decode()
        )
        status = "accepted" if said.endswith("1") else "duplicate"
        return JSONResponse({"status": status, "id": delivery}, status_code=202)


class Server(uvicorn.Server):
    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        print("ready", flush=True)


async def main(port: int, database_url: str) -> None:
    pool = asyncpg.create_pool(database_url, min_size=10, max_size=20)  # type: ignore[no-untyped-call] # asyncpg's
    async with pool:
        await pool.execute(TABLE)
        routes = [Route("/webhooks/github", Receiver(pool).take, methods=["POST"])]
        # The parser that uvicorn itself brings: one that is chosen is a part of the product.
        config = uvicorn.Config(
            Starlette(routes=routes), port=port, http="h11", log_level="warning", access_log=False
        )
        server = Server(config)
        serving = asyncio.create_task(server.serve())
        await serving


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
