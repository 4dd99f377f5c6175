"""Memory, hit rate, keys by kind, breakers and the connection, for an operator."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.utils import str_if_bytes

from cache.asking import Asker, RedisAwayError
from cache.breaker import Breaker
from cache.keys import Keys
from contracts.breakers import BreakerView
from contracts.redis_status import RedisStatus

# Beyond this the count is an estimate's beginning, and the looking costs others too much.
MOST = 100_000
PAGE = 1000
# Each breaker is one more command.
SHOWN = 20


async def status_of(redis: Redis, keys: Keys) -> RedisStatus | None:
    """None when Redis is away; the log says why."""
    asking = Asker(redis, "status")
    try:
        begun = time.perf_counter()
        await asking.once(redis.ping)
        latency = timedelta(seconds=time.perf_counter() - begun)
        said: dict[str, Any] = await asking.again(redis.info)
        counts = await asking.again(lambda: redis.hgetall(keys.metrics("cache")))
        found, complete = await _found(redis, asking, keys.everything())
    except RedisAwayError:
        return None
    return RedisStatus(
        **_connection(redis),
        **_server(said),
        latency=latency,
        cache_hits=int(counts.get(b"hits", 0)),
        cache_misses=int(counts.get(b"misses", 0)),
        kinds=Counter(_kind(key) for key in found),
        complete=complete,
        breakers=await _breakers(redis, keys, found),
    )


def _server(said: Mapping[str, Any]) -> dict[str, Any]:
    name = said.get("server_name", "redis")
    version = said.get("valkey_version") or said.get("redis_version", "?")
    return {
        "server": f"{name} {version}",
        "used_bytes": said["used_memory"],
        "limit_bytes": said["maxmemory"],
        "eviction": said["maxmemory_policy"],
        "hits": said["keyspace_hits"],
        "misses": said["keyspace_misses"],
    }


def _connection(redis: Redis) -> dict[str, Any]:
    """Without user and password."""
    pool = redis.connection_pool
    given = pool.connection_kwargs
    scheme = "rediss" if "SSL" in pool.connection_class.__name__ else "redis"
    host = given["host"]
    host = f"[{host}]" if ":" in host else host
    address = f"{scheme}://{host}:{given.get('port', 6379)}/{given.get('db', 0)}"
    return {"address": address, "protocol": int(given.get("protocol") or 2)}


async def _found(redis: Redis, asking: Asker, pattern: str) -> tuple[list[str], bool]:
    """All keys, and whether that were all."""
    keys: list[str] = []
    cursor = 0
    for _ in range(MOST // PAGE):
        page = partial(redis.scan, cursor=cursor, match=pattern, count=PAGE)
        cursor, found = await asking.again(page)
        keys += map(str_if_bytes, found)
        if cursor == 0:
            return keys, True
    return keys, False


def _kind(key: str) -> str:
    """The part that follows the organization."""
    return key.split(":")[2]


async def _breakers(redis: Redis, keys: Keys, found: Sequence[str]) -> tuple[BreakerView, ...]:
    """By provider. Without those that have forgotten their failures meanwhile."""
    named = {keys.provider(key) for key in found if _kind(key) == "breaker"}
    breaker = Breaker(redis, keys)
    views = [await breaker.view(name) for name in sorted(filter(None, named))[:SHOWN]]
    return tuple(view for view in views if view is not None and view.troubled)
