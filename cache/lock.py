"""One at a time over all processes, with a number by which what is guarded knows the newest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from redis.asyncio import Redis

from cache.asking import Arguments, Asker, RedisAwayError
from cache.keys import Keys
from errors import RetryLaterError

# The value is "owner fence". Whoever has it already gets the same answer: asking may be repeated.
# The fence is the server's time in microseconds: a Redis that comes back empty still counts on.
ACQUIRE = """
local held = redis.call('GET', KEYS[1])
if held then
  local owner, fence = held:match('(%S+) (%S+)')
  if owner ~= ARGV[1] then return {0, redis.call('PTTL', KEYS[1])} end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {1, tonumber(fence)}
end
local time = redis.call('TIME')
local fence = string.format('%.0f', time[1] * 1000000 + time[2])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. fence, 'PX', ARGV[2])
return {1, tonumber(fence)}
"""
RENEW = """
local held = redis.call('GET', KEYS[1])
if not held or held:match('%S+') ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
RELEASE = """
local held = redis.call('GET', KEYS[1])
if held and held:match('%S+') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
LONGEST_DELAY = timedelta(seconds=5)
WITHOUT_REDIS = timedelta(seconds=2)
MILLISECOND = timedelta(milliseconds=1)
# Upkeep of the whole database: by schedules (activities/upkeep.py) and by `python -m db`.
UPKEEP = ("database", "x")


@dataclass(frozen=True)
class Hold:
    """`fence` grows with every holder. What is guarded remembers the highest it has seen, and
    refuses a lower one: a holder that was frozen for a while does not know that it is none."""

    fence: int


class Lock:
    """Taken within `ttl` again once its holder dies. Temporal's workflow ids, not this, see to
    one run per ticket."""

    def __init__(self, redis: Redis, keys: Keys, ttl: timedelta = timedelta(seconds=30)) -> None:
        self._keys, self._ttl = keys, ttl
        self._milliseconds = ttl // MILLISECOND
        self._asking = Asker(redis, "locks")
        self._acquire = redis.register_script(ACQUIRE)
        self._renew = redis.register_script(RENEW)
        self._release = redis.register_script(RELEASE)

    @asynccontextmanager
    async def held(self, what: str, of: str) -> AsyncIterator[Hold]:
        """Raises RetryLaterError when another has it, when Redis is away, and, stopping the body,
        when it was lost on the way."""
        key, owner = self._keys.lock(what, of), uuid4().hex
        clock = asyncio.get_running_loop().time
        ends = clock() + self._ttl.total_seconds()
        fence = await self._acquired(key, owner)
        try:
            async with asyncio.timeout_at(ends) as life, self._renewing(key, owner, life):
                yield Hold(fence)
        except TimeoutError as error:
            if not life.expired():
                raise
            raise RetryLaterError(f"the lock {what} {of} was lost", WITHOUT_REDIS) from error
        finally:
            # Who cannot be told finds out when the time to live has passed.
            with suppress(RedisAwayError):
                await self._asking.again(lambda: self._release(keys=[key], args=[owner]))

    async def _acquired(self, key: str, owner: str) -> int:
        arguments: Arguments = [owner, self._milliseconds]
        try:
            mine, number = await self._asking.again(
                lambda: self._acquire(keys=[key], args=arguments)
            )
        except RedisAwayError as error:
            raise RetryLaterError(f"no lock without Redis: {error}", WITHOUT_REDIS) from error
        if not mine:
            delay = min(max(number, 1) * MILLISECOND, LONGEST_DELAY)
            raise RetryLaterError("somebody else holds the lock", delay)
        return int(number)

    @asynccontextmanager
    async def _renewing(self, key: str, owner: str, life: asyncio.Timeout) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew_forever(key, owner, life))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait((renewing,))

    async def _renew_forever(self, key: str, owner: str, life: asyncio.Timeout) -> None:
        """Each success puts the end of the body off. Counted from before asking: Redis never
        lets another in earlier than that."""
        clock, seconds = asyncio.get_running_loop().time, self._ttl.total_seconds()
        arguments: Arguments = [owner, self._milliseconds]
        while not life.expired():
            await asyncio.sleep(seconds / 3)
            asked = clock()
            try:
                mine = await self._asking.again(lambda: self._renew(keys=[key], args=arguments))
            except RedisAwayError:
                continue
            if not life.expired():
                life.reschedule(asked + seconds if mine else asked)
            if not mine:
                return
