"""Values that are dear to load, kept for a while as JSON of their contract."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import uuid4

from redis.asyncio import Redis

from cache.asking import Arguments, Asker, RedisAwayError
from cache.keys import Keys, flight
from cache.terms import Known, Terms
from errors import PermanentError

T = TypeVar("T")
# A value is fresh until only its stale time is left of its life. Counting must not keep a full
# Redis from being read, hence pcall.
READ = """
local value = redis.call('GET', KEYS[1])
local fresh = value and redis.call('PTTL', KEYS[1]) > tonumber(ARGV[1])
if ARGV[4] == '1' then
  local count = redis.pcall('HINCRBY', KEYS[3], fresh and 'hits' or 'misses', 1)
  if count == 1 then redis.call('PEXPIRE', KEYS[3], ARGV[5]) end
end
if fresh then return {'fresh', value} end
local mine = redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3])
return {mine and 'load' or 'wait', value or ''}
"""
# Whoever deletes a value deletes its flight too: what is being loaded may be of before.
STORE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return redis.call('DEL', KEYS[2])
"""
LAND = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
LARGEST = 512 * 1024
PAGE = 500
MILLISECOND = timedelta(milliseconds=1)
DAY = timedelta(days=1) // MILLISECOND
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.2


@dataclass(frozen=True)
class Found(Generic[T]):
    """`role`: fresh, load (nobody else does), wait (somebody does) or away (Redis is)."""

    role: str
    known: Known[T] | None


class Cache(Generic[T]):
    """Values of one kind. Without Redis every value is loaded."""

    def __init__(self, redis: Redis, keys: Keys, terms: Terms[T]) -> None:
        self._redis, self._terms = redis, terms
        self._counts = keys.metrics("cache")
        self._asking = Asker(redis, "the cache")
        self._read = redis.register_script(READ)
        self._store = redis.register_script(STORE)
        self._land = redis.register_script(LAND)

    async def get_or_load(self, key: str, load: Callable[[], Awaitable[T]]) -> T:
        """`key` comes from Keys. Over all processes one loads, and the others wait briefly for
        it. Raises what `load` raises, if no stale value answers for it; a PermanentError always."""
        token = uuid4().hex
        found = await self._find(key, token)
        if found.role == "fresh" and found.known:
            return found.known.value
        try:
            value = await load()
        except BaseException as error:
            if found.role == "load":
                await self._land_flight(key, token)
            if found.known is None or not _may_pass(error):
                raise
            logging.getLogger(__name__).info("a stale value answers for %s", type(error).__name__)
            return found.known.value
        if found.role == "load":
            await self._keep(key, token, value)
        return value

    async def delete(self, key: str) -> None:
        """And what is being loaded at this moment is not kept. What cannot be deleted while Redis
        is away ends with its time to live."""
        with suppress(RedisAwayError):
            await self._asking.again(lambda: self._redis.unlink(key, flight(key)))

    async def delete_matching(self, pattern: str) -> int:
        """How many keys are gone. `pattern` comes from Keys. Page by page: others are served in
        between. Raises RedisAwayError: whoever wants them gone must know that some may be left."""
        gone, cursor = 0, 0
        while True:
            cursor, found = await self._page(cursor, pattern)
            if found:
                gone += await self._unlinked(found)
            if cursor == 0:
                return gone

    async def _find(self, key: str, token: str) -> Found[T]:
        clock = asyncio.get_running_loop().time
        ends, pause, first = clock() + self._terms.patience.total_seconds(), FIRST_PAUSE, True
        while True:
            role, text = await self._role(key, token, first)
            known, first = self._terms.parsed(text), False
            unreadable = role == "fresh" and known is None
            if clock() >= ends or not (unreadable or role == "wait"):
                return Found(role, known)
            if unreadable:
                await self.delete(key)
                continue
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    async def _role(self, key: str, token: str, first: bool) -> tuple[str, bytes]:
        """And the value known so far. Only a caller's first look is counted as a hit or a miss."""
        terms = self._terms
        times = terms.stale // MILLISECOND, terms.flight // MILLISECOND
        arguments: Arguments = [times[0], token, times[1], int(first), DAY]
        try:
            role, text = await self._asking.once(
                lambda: self._read(keys=[key, flight(key), self._counts], args=arguments)
            )
        except RedisAwayError:
            return "away", b""
        return role.decode(), text

    async def _keep(self, key: str, token: str, value: T) -> None:
        life = self._terms.life(value) // MILLISECOND
        text = self._terms.contract.dump_json(value)
        if not life or len(text) > LARGEST:
            await self._land_flight(key, token)
            return
        arguments: Arguments = [token, text, life]
        with suppress(RedisAwayError):
            await self._asking.again(lambda: self._store(keys=[key, flight(key)], args=arguments))

    async def _land_flight(self, key: str, token: str) -> None:
        with suppress(RedisAwayError):
            await self._asking.again(lambda: self._land(keys=[flight(key)], args=[token]))

    async def _page(self, cursor: int, pattern: str) -> tuple[int, list[bytes | str]]:
        return await self._asking.again(
            lambda: self._redis.scan(cursor=cursor, match=pattern, count=PAGE)
        )

    async def _unlinked(self, keys: list[bytes | str]) -> int:
        return await self._asking.again(lambda: self._redis.unlink(*keys))


def _may_pass(error: BaseException) -> bool:
    """Whether a stale value may stand in. A PermanentError is an answer, not a failure."""
    return isinstance(error, Exception) and not isinstance(error, PermanentError)
