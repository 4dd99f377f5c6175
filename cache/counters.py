"""Counts and timings per agent and phase, a day at a time."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import unquote

from redis.asyncio import Redis
from redis.utils import str_if_bytes

from cache.asking import Arguments, Asker, RedisAwayError
from cache.keys import Keys, part
from contracts.counters import Tally

# Agents' names come from playbooks. Whatever they are, the hash stays small: the pairs of a day
# beyond the bound share one. Each pair has four fields.
ADD = """
local pair = ARGV[1]
if redis.call('HEXISTS', KEYS[1], pair .. ' count') == 0
  and redis.call('HLEN', KEYS[1]) >= 4 * tonumber(ARGV[6]) then pair = ARGV[7] end
redis.call('HINCRBY', KEYS[1], pair .. ' count', ARGV[2])
redis.call('HINCRBY', KEYS[1], pair .. ' failed', ARGV[3])
redis.call('HINCRBY', KEYS[1], pair .. ' total', ARGV[4])
local longest = tonumber(redis.call('HGET', KEYS[1], pair .. ' longest') or 0)
if tonumber(ARGV[5]) >= longest then
  redis.call('HSET', KEYS[1], pair .. ' longest', ARGV[5])
end
redis.call('PEXPIRE', KEYS[1], ARGV[8])
"""
KEPT = timedelta(days=8) // timedelta(milliseconds=1)
MOST = 200
OTHERS = "others others"
MICROSECOND = timedelta(microseconds=1)


class Counters:
    """Never fails: what Redis does not hear is not counted. Postgres has the exact figures."""

    def __init__(self, redis: Redis, keys: Keys, most: int = MOST) -> None:
        self._redis, self._keys, self._most = redis, keys, most
        self._asking = Asker(redis, "counters")
        self._add = redis.register_script(ADD)

    async def add(self, day: date, tally: Tally) -> None:
        """On top of what that day has."""
        pair = f"{part(tally.agent)} {part(tally.phase)}"
        times = tally.total // MICROSECOND, tally.longest // MICROSECOND
        arguments: Arguments = [pair, tally.count, tally.failed, *times, self._most, OTHERS, KEPT]
        key = self._key(day)
        try:
            # Not repeated: an increment that was done and not answered would count twice.
            await self._asking.once(lambda: self._add(keys=[key], args=arguments))
        except RedisAwayError:
            return

    async def read(self, day: date) -> list[Tally]:
        """By agent and phase; empty when Redis is away."""
        key = self._key(day)
        try:
            found = await self._asking.again(lambda: self._redis.hgetall(key))
        except RedisAwayError:
            return []
        return _tallies(found)

    def _key(self, day: date) -> str:
        return self._keys.metrics(f"agents-{day.isoformat()}")


def _tallies(found: Mapping[bytes | str, bytes | str]) -> list[Tally]:
    pairs: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for name, value in found.items():
        agent, phase, figure = str_if_bytes(name).split(" ")
        pairs[unquote(agent), unquote(phase)][figure] = int(value)
    return [
        Tally(
            agent=agent,
            phase=phase,
            count=figures["count"],
            failed=figures["failed"],
            total=figures["total"] * MICROSECOND,
            longest=figures["longest"] * MICROSECOND,
        )
        for (agent, phase), figures in sorted(pairs.items())
    ]
