"""The live state of orchestrations, so that nobody asks Temporal or Postgres each second."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.utils import str_if_bytes

from cache.asking import Arguments, Asking, AwayError
from cache.keys import Keys
from contracts.sessions import LiveState, Pulse

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


class Sessions:
    """The whole state, and beside it its pulse, for who looks again and again whether something
    happened. Kept for 24 hours after the last word. Never fails: what is absent is in Postgres."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis, self._keys = redis, keys
        self._asking = Asking(redis, "sessions")
        self._set, self._touch = redis.register_script(SET), redis.register_script(TOUCH)

    async def set(self, state: LiveState) -> None:
        """An older state never replaces a newer one."""
        arguments, keys = kept(state), where(self._keys, state.orchestration_id)
        try:
            await self._asking.again(lambda: self._set(keys=keys, args=arguments))
        except AwayError:
            return

    async def get(self, orchestration_id: UUID) -> LiveState | None:
        """None when nothing is known, or nothing that this code can read."""
        return (await self.get_many([orchestration_id]))[0]

    async def pulse(self, orchestration_id: UUID) -> Pulse | None:
        """None when nothing is known."""
        key = self._keys.execution_status(orchestration_id)
        try:
            text = await self._asking.again(lambda: self._redis.get(key))
            return Pulse.read(str_if_bytes(text)) if text else None
        except (AwayError, ValidationError):
            return None

    async def get_many(self, orchestration_ids: Sequence[UUID]) -> list[LiveState | None]:
        """In the order asked, in one round trip."""
        if not orchestration_ids:
            return []
        try:
            return await self._asking.again(lambda: self._read(orchestration_ids))
        except AwayError:
            return [None] * len(orchestration_ids)

    async def get_or_rebuild(
        self, orchestration_id: UUID, rebuild: Callable[[], Awaitable[LiveState | None]]
    ) -> LiveState | None:
        """What is absent is made from Postgres and kept. Raises what `rebuild` raises."""
        try:
            [known] = await self._asking.again(lambda: self._read([orchestration_id]))
        except AwayError:
            return await rebuild()
        if known is not None:
            return known
        state = await rebuild()
        if state is not None:
            await self.set(state)
        return state

    async def touch(self, orchestration_id: UUID) -> bool:
        """Another 24 hours. False when there is nothing to keep."""
        keys = where(self._keys, orchestration_id)
        try:
            return bool(await self._asking.again(lambda: self._touch(keys=keys, args=[DAY])))
        except AwayError:
            return False

    async def delete(self, orchestration_id: UUID) -> None:
        keys = where(self._keys, orchestration_id)
        try:
            await self._asking.again(lambda: self._redis.unlink(*keys))
        except AwayError:
            return

    async def _read(self, orchestration_ids: Sequence[UUID]) -> list[LiveState | None]:
        pipeline = self._redis.pipeline(transaction=False)
        for orchestration_id in orchestration_ids:
            pipeline.hget(self._keys.session(orchestration_id), "state")
        return [_parsed(text) for text in await pipeline.execute()]


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
