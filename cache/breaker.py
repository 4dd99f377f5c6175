"""Shared over all processes: a provider that fails is left alone for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

from redis.asyncio import Redis

from cache.asking import Arguments, Asker, RedisAwayError
from cache.keys import Keys
from contracts.breakers import BreakerState, BreakerView
from contracts.text import clipped
from errors import PermanentError, RetryLaterError

BEGIN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'opened', 'probed', 'probe', 'failures')
local opened, probed = tonumber(known[1]), tonumber(known[2] or 0)
local function recent(span)
  local found = {}
  for moment in (known[4] or ''):gmatch('%d+') do
    if tonumber(moment) > now - span then table.insert(found, moment) end
  end
  return found
end
"""
# Who comes first after the rest is the probe; if nothing is heard of it, another one later.
ENTER = """
if not opened then return 0 end
local wait = math.max(opened, probed) + ARGV[2] - now
if wait > 0 then return wait end
redis.call('HSET', KEYS[1], 'probed', string.format('%.0f', now), 'probe', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return -1
"""
# While it is open only the probe's word counts: all others began before.
FAIL = """
if opened and known[3] ~= ARGV[1] then return end
local failures = recent(ARGV[2])
table.insert(failures, string.format('%.0f', now))
local kept = ARGV[2]
redis.call('DEL', KEYS[1])
if opened or #failures >= tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'opened', string.format('%.0f', now))
  kept = ARGV[4]
else
  redis.call('HSET', KEYS[1], 'failures', table.concat(failures, ' '))
end
redis.call('PEXPIRE', KEYS[1], kept)
"""
SUCCEED = "if redis.call('HGET', KEYS[1], 'probe') == ARGV[1] then redis.call('DEL', KEYS[1]) end"
VIEW = """
if not opened then return {0, #recent(ARGV[1])} end
return {1, math.max(math.max(opened, probed) + ARGV[2] - now, 0), probed}
"""
FAILURES = 5
WINDOW = timedelta(seconds=60)
REST = timedelta(seconds=30)
# Nobody asked for so long: begin afresh.
FORGOTTEN = timedelta(hours=1) // timedelta(milliseconds=1)
PROBING = -1
LONGEST_CAUSE = 300
MILLISECOND = timedelta(milliseconds=1)


class Breaker:
    """Opens after five failures within a minute, and lets one probe through after each `rest`.
    Without Redis it is closed."""

    def __init__(self, redis: Redis, keys: Keys, rest: timedelta = REST) -> None:
        self._keys = keys
        self._window, self._rest = WINDOW // MILLISECOND, rest // MILLISECOND
        self._asking = Asker(redis, "breakers")
        self._last: dict[str, str] = {}
        self._enter = redis.register_script(BEGIN + ENTER)
        self._fail = redis.register_script(BEGIN + FAIL)
        self._succeed = redis.register_script(SUCCEED)
        self._view = redis.register_script(BEGIN + VIEW)

    @asynccontextmanager
    async def guarding(self, provider: str) -> AsyncIterator[None]:
        """Around one call. Raises RetryLaterError while open. Every exception counts as a failure
        of the provider, but PermanentError, which is an answer."""
        caller = uuid4().hex
        entered = await self._enter_as(provider, caller)
        probing = entered == PROBING
        try:
            yield
        except PermanentError:
            await self._succeeded(provider, caller, probing)
            raise
        except Exception as error:
            if isinstance(error, RetryLaterError):
                self._last[provider] = clipped(str(error), LONGEST_CAUSE)
            if entered is not None:
                await self._failed(provider, caller)
            raise
        self._last.pop(provider, None)
        await self._succeeded(provider, caller, probing)

    async def view(self, provider: str) -> BreakerView | None:
        """None when Redis is away."""
        key, arguments = self._keys.breaker(provider), [self._window, self._rest]
        try:
            said = await self._asking.again(lambda: self._view(keys=[key], args=arguments))
        except RedisAwayError:
            return None
        match said:
            case [0, failures]:
                return BreakerView(provider=provider, failures=failures)
            case [_, wait, 0] if wait > 0:
                return BreakerView(
                    provider=provider, state=BreakerState.OPEN, wait=wait * MILLISECOND
                )
            case [_, wait, _]:
                return BreakerView(
                    provider=provider, state=BreakerState.HALF_OPEN, wait=wait * MILLISECOND
                )
        return None

    async def _enter_as(self, provider: str, caller: str) -> int | None:
        """None when Redis is away: nothing more is asked of it for this call."""
        key = self._keys.breaker(provider)
        arguments: Arguments = [caller, self._rest, FORGOTTEN]
        try:
            said = await self._asking.once(lambda: self._enter(keys=[key], args=arguments))
        except RedisAwayError:
            return None
        if said > 0:
            raise RetryLaterError(self._left_alone(provider), said * MILLISECOND)
        return int(said)

    def _left_alone(self, provider: str) -> str:
        """With the last failure that this process has seen: people mend that one."""
        last = self._last.get(provider)
        return f"{provider} failed too often of late" + (f", at last so: {last}" if last else "")

    async def _failed(self, provider: str, caller: str) -> None:
        key = self._keys.breaker(provider)
        arguments: Arguments = [caller, self._window, FAILURES, FORGOTTEN]
        with suppress(RedisAwayError):
            await self._asking.once(lambda: self._fail(keys=[key], args=arguments))

    async def _succeeded(self, provider: str, caller: str, probing: bool) -> None:
        """Only a probe's success is news; the others cost no command."""
        if probing:
            key = self._keys.breaker(provider)
            with suppress(RedisAwayError):
                await self._asking.again(lambda: self._succeed(keys=[key], args=[caller]))
