"""A worker and a gateway as processes of their own, for killing, with servers that can be away."""

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import make_url

from stack.addresses import Addresses
from tests.faults.patience import until
from tests.faults.proxies import Proxy, proxy_to
from tests.faults.workers import ROOT, Plant, WorkerProcess
from tests.web.gate import KEY

SERVERS = ("postgres", "temporal", "redis")


@dataclass
class Works:
    """Both reach their servers through doors that can be shut."""

    plant: Plant
    port: int
    doors: Mapping[str, Proxy]
    environment: dict[str, str]
    gateways: list[WorkerProcess]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        await self.plant.start(None, **self.environment)
        await self.open_gateway()

    async def open_gateway(self) -> None:
        log = self.plant.folder / f"gateway-{len(self.gateways)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "gateway.py")],
                cwd=self.plant.folder,
                env=self.plant.environment() | self.environment | {"PORT": str(self.port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        gateway = WorkerProcess(process, log)
        self.gateways.append(gateway)
        await gateway.says("gateway: ready")

    async def without(self, name: str, seconds: float) -> None:
        door, since = self.doors[name], monotonic()
        door.shut()
        await until(lambda: monotonic() - since > seconds, f"{name} was away", seconds + 10)
        door.open()

    async def kill_the_worker(self) -> None:
        self.plant.workers[-1].kill(signal.SIGKILL)
        await self.plant.start(None, **self.environment)

    async def kill_the_gateway(self) -> None:
        self.gateways[-1].kill(signal.SIGKILL)
        await self.open_gateway()

    def end(self) -> None:
        for gateway in self.gateways:
            if gateway.process.poll() is None:
                gateway.kill()


@asynccontextmanager
async def doors_to(addresses: Addresses) -> AsyncIterator[dict[str, Proxy]]:
    postgres, redis = make_url(addresses.database_url), make_url(addresses.redis_url)
    temporal = addresses.temporal.split(":")
    places = {
        "postgres": (postgres.host or "", postgres.port or 5432),
        "temporal": (temporal[0], int(temporal[1])),
        "redis": (redis.host or "", redis.port or 6379),
    }
    async with AsyncExitStack() as opened:
        yield {
            name: await opened.enter_async_context(proxy_to(*place))
            for name, place in places.items()
        }


def through(doors: Mapping[str, Proxy], addresses: Addresses) -> dict[str, str]:
    def moved(url: str, door: Proxy) -> str:
        there = make_url(url).set(host="127.0.0.1", port=door.port)
        return there.render_as_string(hide_password=False)

    return {
        "DATABASE_URL": moved(addresses.database_url, doors["postgres"]),
        "REDIS_URL": moved(addresses.redis_url, doors["redis"]),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{doors['temporal'].port}",
        "SLIPWAY_LIMITS": '{"webhooks": "1000000/1m"}',
        "SLIPWAY_ENCRYPTION_KEYS": KEY,
    }
