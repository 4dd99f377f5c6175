"""Memory, hit rate, keys by kind and the connection, for an operator."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.utils import str_if_bytes

from cache.asking import Asking, AwayError
from cache.keys import Keys
from contracts.redis_status import RedisStatus

# Beyond this the count is an estimate's beginning, and the looking costs others too much.
MOST = 100_000
PAGE = 1000


async def status_of(redis: Redis, keys: Keys) -> RedisStatus | None:
    """None when Redis is away; the log says why."""
    asking = Asking(redis, "status")
    try:
        begun = time.perf_counter()
        await asking.once(redis.ping)
        latency = timedelta(seconds=time.perf_counter() - begun)
        said: dict[str, Any] = await asking.again(redis.info)
        counts = await asking.again(lambda: redis.hgetall(keys.metrics("cache")))
        kinds, complete = await _kinds(redis, asking, keys.everything())
    except AwayError:
        return None
    return RedisStatus(
        **_connection(redis),
        **_server(said),
        latency=latency,
        cache_hits=int(counts.get(b"hits", 0)),
        cache_misses=int(counts.get(b"misses", 0)),
        kinds=kinds,
        complete=complete,
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


async def _kinds(redis: Redis, asking: Asking, pattern: str) -> tuple[dict[str, int], bool]:
    """By the part of the key that follows the organization; and whether that were all."""
    kinds: Counter[str] = Counter()
    cursor = 0
    for _ in range(MOST // PAGE):
        page = partial(redis.scan, cursor=cursor, match=pattern, count=PAGE)
        cursor, found = await asking.again(page)
        kinds.update(str_if_bytes(key).split(":")[2] for key in found)
        if cursor == 0:
            return dict(kinds), True
    return dict(kinds), False
