"""One of several processes that ask for the same things, each by a clock of its own."""

import asyncio
import sys
import time
from datetime import timedelta
from functools import partial
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from redis.asyncio import Redis

from cache.cache import Cache
from cache.connection import open_redis
from cache.keys import Keys
from cache.limits import Limits
from cache.lock import Lock
from cache.terms import Terms
from contracts.limits import Claim, Limit
from errors import RetryLaterError
from tests.faults.patience import until

LIMIT = Limit(scope="crowd", tokens=40, per=timedelta(seconds=2))
LONG = timedelta(seconds=20)
ASKING = 1.0
HOLDS = 3


class Held(BaseModel, frozen=True):
    """One time with the lock, by the server's clock in microseconds."""

    fence: int
    begun: int
    ended: int


class Report(BaseModel, frozen=True):
    """`taken` from the bucket between the two moments, by the server's clock in seconds."""

    taken: int
    begun: float
    ended: float
    held: list[Held]
    values: list[int]


async def server_time(redis: Redis) -> int:
    seconds, microseconds = await redis.time()
    return int(seconds) * 1_000_000 + int(microseconds)


async def take(redis: Redis, keys: Keys) -> tuple[int, float, float]:
    limits, claim, taken = Limits(redis, keys), Claim(limit=LIMIT, of=("all",)), 0
    begun = await server_time(redis)
    now = begun
    while now < begun + ASKING * 1_000_000:
        verdicts = await asyncio.gather(*(limits.take(claim) for _ in range(10)))
        taken += sum(verdict.allowed for verdict in verdicts)
        now = await server_time(redis)
    return taken, begun / 1_000_000, now / 1_000_000


async def hold(redis: Redis, keys: Keys) -> list[Held]:
    lock = Lock(redis, keys, LONG)
    held: list[Held] = []
    while len(held) < HOLDS:
        try:
            async with lock.held("work", "all") as hold:
                begun = await server_time(redis)
                held.append(Held(fence=hold.fence, begun=begun, ended=await server_time(redis)))
        except RetryLaterError:
            await asyncio.sleep(0.005)
    return held


async def load(redis: Redis, keys: Keys, askers: int) -> list[int]:
    cache = Cache(redis, keys, Terms(TypeAdapter(int), ttl=LONG, patience=LONG))

    async def count() -> int:
        loaded = int(await redis.incr(keys.metrics("loaded")))
        await asyncio.sleep(0.2)  # What is dear to load takes a while.
        return loaded

    asked = (cache.get_or_load(keys.cached("crowd", "one"), count) for _ in range(askers))
    return await asyncio.gather(*asked)


async def ask(url: str, organization: str, processes: int) -> Report:
    keys = Keys(UUID(organization))
    async with open_redis(url, LONG) as redis:
        await redis.incr(keys.metrics("ready"))
        await until(partial(_all_ready, redis, keys, processes), "all processes are ready")
        values = await load(redis, keys, 200 // processes)
        taken, begun, ended = await take(redis, keys)
        held = await hold(redis, keys)
    return Report(taken=taken, begun=begun, ended=ended, held=held, values=values)


async def _all_ready(redis: Redis, keys: Keys, processes: int) -> bool:
    return int(await redis.get(keys.metrics("ready")) or 0) == processes


def main() -> None:
    url, organization, number, processes = sys.argv[1:]
    skew = (int(number) - 4) * 1000.0
    for name in ("time", "monotonic"):
        setattr(time, name, partial(_skewed, getattr(time, name), skew))
    sys.stdout.write(asyncio.run(ask(url, organization, int(processes))).model_dump_json())


def _skewed(clock: partial[float], skew: float) -> float:
    return clock() + skew


if __name__ == "__main__":
    main()
