"""Buckets of tokens, shared by every process, on the clock of the Redis server."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from redis.asyncio import Redis

from cache.asking import Asker, RedisAwayError
from cache.keys import Keys
from cache.local_buckets import LocalBuckets
from contracts.limits import Claim, Outage, Verdict
from errors import PermanentError, RetryLaterError

# A bucket is one number, the microsecond at which it will be full again; a full one is no key.
# For each key: how many tokens it holds, the microseconds to fill it, and the weight of the claim.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local wait, before, after, fulls = 0, math.huge, math.huge, {}
for i, key in ipairs(KEYS) do
  local tokens, span, weight = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), ARGV[3 * i]
  local refill = span / tokens
  local owed = math.max(tonumber(redis.call('GET', key) or 0) - now, 0)
  fulls[i] = now + owed + weight * refill
  wait = math.max(wait, owed + weight * refill - span)
  before = math.min(before, (span - owed) / refill)
  after = math.min(after, (span - owed) / refill - weight)
end
if wait > 0 then return {math.ceil(wait), math.max(math.floor(before + 0.000001), 0)} end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, fulls[i], 'PX', math.ceil((fulls[i] - now) / 1000))
end
return {0, math.floor(after + 0.000001)}
"""
# Empty until then, when it holds one token: those who waited do not come all at once.
CLOSE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local span = tonumber(ARGV[2])
local full = tonumber(redis.call('GET', KEYS[1]) or 0)
full = math.max(full, now + ARGV[3] + span - span / ARGV[1])
redis.call('SET', KEYS[1], full, 'PX', math.ceil((full - now) / 1000))
"""
MINUTE = 60.0
WHEN_CLOSED = timedelta(seconds=5)
MICROSECOND = timedelta(microseconds=1)


class Limits:
    """`outages` counts by scope and behaviour what was decided without Redis."""

    def __init__(
        self, redis: Redis, keys: Keys, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys, self._clock = keys, clock
        self._asking = Asker(redis, "limits")
        self._take, self._close = redis.register_script(TAKE), redis.register_script(CLOSE)
        self._local = LocalBuckets(clock)
        self._logged_at = float("-inf")
        self.outages: Counter[str] = Counter()

    async def take(self, *claims: Claim) -> Verdict:
        """From all of the claimed buckets, each another one, or from none. Raises RetryLaterError
        when Redis is away and one of the limits closes then, and PermanentError for a claim that
        no full bucket could meet."""
        _refuse_impossible(claims)
        keyed = [(self._key(claim), claim) for claim in claims]
        numbers = [number for claim in claims for number in (*_shape(claim), claim.weight)]
        try:
            wait, remaining = await self._asking.once(
                lambda: self._take(keys=[key for key, _ in keyed], args=numbers)
            )
        except RedisAwayError:
            return self._take_without_redis(keyed)
        return Verdict(allowed=not wait, wait=wait * MICROSECOND, remaining=remaining)

    async def require(self, *claims: Claim) -> Verdict:
        """Like `take`, for who cannot go on without: raises RetryLaterError with the delay."""
        verdict = await self.take(*claims)
        if not verdict.allowed:
            scopes = ", ".join(claim.limit.scope for claim in claims)
            raise RetryLaterError(f"the limit is reached: {scopes}", verdict.wait)
        return verdict

    async def close(self, claim: Claim, wait: timedelta) -> None:
        """For all processes, since a provider has said when to come back. Repeatable."""
        key = self._key(claim)
        self._local.close(key, claim, wait)
        arguments = [*_shape(claim), wait // MICROSECOND]
        try:
            await self._asking.once(lambda: self._close(keys=[key], args=arguments))
        except RedisAwayError:
            self._count(claim)

    def _take_without_redis(self, keyed: Sequence[tuple[str, Claim]]) -> Verdict:
        for _, claim in keyed:
            self._count(claim)
        if any(claim.limit.outage is Outage.CLOSED for _, claim in keyed):
            raise RetryLaterError("Redis is away, and this limit is closed without it", WHEN_CLOSED)
        counted = [(key, claim) for key, claim in keyed if claim.limit.outage is not Outage.OPEN]
        if not counted:
            remaining = min(claim.limit.tokens for _, claim in keyed)
            return Verdict(allowed=True, remaining=remaining)
        return self._local.take(counted)

    def _count(self, claim: Claim) -> None:
        """Every decision is counted; the log hears of them once a minute."""
        self.outages[f"{claim.limit.scope}:{claim.limit.outage}"] += 1
        if self._clock() < self._logged_at + MINUTE:
            return
        self._logged_at = self._clock()
        decisions = ", ".join(f"{name} {count}" for name, count in sorted(self.outages.items()))
        logging.getLogger(__name__).warning("decided without Redis so far: %s", decisions)

    def _key(self, claim: Claim) -> str:
        return self._keys.rate_limit(claim.limit.scope, *claim.of)


def _shape(claim: Claim) -> tuple[int, int]:
    return claim.limit.tokens, claim.limit.per // MICROSECOND


def _refuse_impossible(claims: Sequence[Claim]) -> None:
    for claim in claims:
        if claim.weight > claim.limit.tokens:
            raise PermanentError(
                f"a weight of {claim.weight} never fits the limit {claim.limit.scope} of "
                f"{claim.limit.tokens}"
            )
