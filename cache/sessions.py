"""The live state of orchestrations, so that nobody asks Temporal or Postgres each second."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.utils import str_if_bytes

from cache.asking import Arguments, Asker, RedisAwayError
from cache.keys import Keys
from contracts.sessions import LiveState, Pulse

# Reads the states of these from Postgres; what is not there is left out.
Rebuild = Callable[[Sequence[UUID]], Awaitable[Sequence[LiveState]]]

DAY = timedelta(hours=24) // timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Word of two batches may arrive in either order, and a reset begins again with a lower sequence.
# So it is the time that decides, and the sequence among events of one time.
SET = """
local known = redis.call('HMGET', KEYS[1], 'time', 'sequence')
local time, sequence = tonumber(known[1] or 0), tonumber(known[2] or 0)
if time > tonumber(ARGV[1]) then return 0 end
if time == tonumber(ARGV[1]) and sequence > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'time', ARGV[1], 'sequence', ARGV[2], 'state', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[4])
return 1
"""
TOUCH = """
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
"""


class LiveSessions:
    """The whole state, and beside it its pulse, for who looks again and again whether something
    happened. Kept for 24 hours after the last word. Never fails: what is absent is in Postgres."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis, self._keys = redis, keys
        self._asking = Asker(redis, "sessions")
        self._touch = redis.register_script(TOUCH)

    async def set(self, *states: LiveState) -> None:
        """In one round trip. An older state never replaces a newer one."""
        if states:
            with suppress(RedisAwayError):
                await self._asking.again(lambda: self._keep(states))

    async def get(self, *orchestration_ids: UUID) -> dict[UUID, LiveState] | None:
        """In one round trip. What is not known, or can't be read by this code, is left out. None
        when Redis is away."""
        try:
            texts = await self._asking.again(lambda: self._read(orchestration_ids))
        except RedisAwayError:
            return None
        parsed = zip(orchestration_ids, map(_parsed, texts), strict=True)
        return {id: state for id, state in parsed if state is not None}

    async def pulse(self, orchestration_id: UUID) -> Pulse | None:
        """None when nothing is known."""
        key = self._keys.execution_status(orchestration_id)
        try:
            text = await self._asking.again(lambda: self._redis.get(key))
            return Pulse.read(str_if_bytes(text)) if text else None
        except (RedisAwayError, ValidationError):
            return None

    async def get_or_rebuild(
        self, wanted: Mapping[UUID, int], rebuild: Rebuild
    ) -> dict[UUID, LiveState]:
        """Of each as it is since the event of this number. Those that are absent, or missed word of
        it, are made from Postgres by one call and kept by one more round trip. Raises what
        `rebuild` raises."""
        known = await self.get(*wanted) if wanted else {}
        found = {id: state for id, state in (known or {}).items() if state.sequence >= wanted[id]}
        missing = [id for id in wanted if id not in found]
        states = await rebuild(missing) if missing else []
        if known is not None:
            await self.set(*states)
        return found | {state.orchestration_id: state for state in states}

    async def touch(self, orchestration_id: UUID) -> bool:
        """Another 24 hours. False when there is nothing to keep."""
        keys = where(self._keys, orchestration_id)
        try:
            return bool(await self._asking.again(lambda: self._touch(keys=keys, args=[DAY])))
        except RedisAwayError:
            return False

    async def delete(self, *orchestration_ids: UUID) -> None:
        """Whoever asks next reads Postgres. What can't be deleted while Redis is away is found to
        have missed word."""
        keys = [key for id in orchestration_ids for key in where(self._keys, id)]
        if keys:
            with suppress(RedisAwayError):
                await self._asking.again(lambda: self._redis.unlink(*keys))

    async def _keep(self, states: Iterable[LiveState]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for state in states:
            keys = where(self._keys, state.orchestration_id)
            pipeline.eval(SET, len(keys), *keys, *kept(state))
        await pipeline.execute()

    async def _read(self, orchestration_ids: Iterable[UUID]) -> list[bytes | None]:
        pipeline = self._redis.pipeline(transaction=False)
        for id in orchestration_ids:
            pipeline.hget(self._keys.session(id), "state")
        return list(await pipeline.execute())


def where(keys: Keys, orchestration_id: UUID) -> list[str]:
    """The keys of SET."""
    return [keys.session(orchestration_id), keys.execution_status(orchestration_id)]


def kept(state: LiveState) -> Arguments:
    """What SET is given beside its keys."""
    moment = (state.timestamp - EPOCH) // timedelta(microseconds=1)
    return [moment, state.sequence, state.model_dump_json(), DAY, state.pulse.written()]


def _parsed(text: bytes | None) -> LiveState | None:
    try:
        return LiveState.model_validate_json(text) if text else None
    except ValidationError:
        return None
