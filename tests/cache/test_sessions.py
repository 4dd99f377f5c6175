"""The live state of an orchestration on a real Valkey, and without one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from cache.keys import Keys
from cache.sessions import DAY, LiveSessions
from contracts.live import LiveBatch
from contracts.sessions import LiveState

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def state(sequence: int = 1, timestamp: datetime = NOON, of: UUID | None = None) -> LiveState:
    batch = LiveBatch(
        organization_id=uuid4(),
        project_id=UUID(int=2),
        orchestration_id=of or UUID(int=1),
        event="PhaseStarted",
        sequence=sequence,
        timestamp=timestamp,
        payload={"status": "ACTIVE", "phase": "CODE", "agent": None, "other": 1},
    )
    return LiveState.after(batch)


async def test_what_was_set_is_there_for_24_hours(redis: Redis, keys: Keys) -> None:
    sessions, set_ = LiveSessions(redis, keys), state()
    await sessions.set(set_)
    assert await sessions.get(set_.orchestration_id) == {set_.orchestration_id: set_}
    assert DAY - 60_000 < await redis.pttl(keys.session(set_.orchestration_id)) <= DAY


@pytest.mark.parametrize(
    "later", [state(2), state(1, NOON + timedelta(seconds=1))], ids=["next", "after a reset"]
)
async def test_word_that_comes_too_late_changes_nothing(
    redis: Redis, keys: Keys, later: LiveState
) -> None:
    sessions = LiveSessions(redis, keys)
    for told in (later, state(1)):
        await sessions.set(told)
    assert await sessions.get(later.orchestration_id) == {later.orchestration_id: later}


async def test_touching_gives_it_another_day(redis: Redis, keys: Keys) -> None:
    sessions, key = LiveSessions(redis, keys), keys.session(UUID(int=1))
    await sessions.set(state())
    await redis.pexpire(key, 60_000)
    assert await sessions.touch(UUID(int=1))
    assert await redis.pttl(key) > DAY - 60_000
    assert not await sessions.touch(UUID(int=9))


async def test_the_pulse_is_kept_and_goes_with_the_state(redis: Redis, keys: Keys) -> None:
    sessions, key = LiveSessions(redis, keys), keys.execution_status(UUID(int=1))
    await sessions.set(state(7))
    await sessions.set(state(6))
    assert await redis.get(key) == b"7 ACTIVE"
    assert await sessions.pulse(UUID(int=1)) == state(7).pulse
    await redis.pexpire(key, 60_000)
    await sessions.touch(UUID(int=1))
    assert await redis.pttl(key) > DAY - 60_000
    await sessions.delete(UUID(int=1))
    assert await sessions.pulse(UUID(int=1)) is None


@pytest.mark.parametrize("text", ["", "ACTIVE", "x ACTIVE"])
async def test_what_is_no_pulse_counts_as_absent(redis: Redis, keys: Keys, text: str) -> None:
    await redis.set(keys.execution_status(UUID(int=1)), text)
    assert await LiveSessions(redis, keys).pulse(UUID(int=1)) is None


async def test_many_are_set_and_read_at_once(redis: Redis, keys: Keys) -> None:
    sessions, first, second = (
        LiveSessions(redis, keys),
        state(of=UUID(int=1)),
        state(of=UUID(int=2)),
    )
    await sessions.set(first, second)
    asked = [UUID(int=2), UUID(int=3), UUID(int=1)]
    assert await sessions.get(*asked) == {UUID(int=2): second, UUID(int=1): first}
    assert await sessions.get() == {}


class Postgres:
    """Knows these states, and remembers what it was asked for."""

    def __init__(self, *states: LiveState) -> None:
        self._states = states
        self.asked: list[Sequence[UUID]] = []

    async def __call__(self, ids: Sequence[UUID]) -> list[LiveState]:
        self.asked.append(ids)
        return [state for state in self._states if state.orchestration_id in ids]


async def test_what_is_absent_or_missed_word_is_rebuilt_by_one_call_and_kept(
    redis: Redis, keys: Keys
) -> None:
    sessions, ids = LiveSessions(redis, keys), [UUID(int=number) for number in range(1, 6)]
    known, late, deleted, absent = (state(7, of=id) for id in ids[:4])
    await sessions.set(known, state(6, of=ids[1]), deleted)
    await sessions.delete(ids[2])
    postgres, there = Postgres(late, deleted, absent), (known, late, deleted, absent)
    expected = {state.orchestration_id: state for state in there}
    assert await sessions.get_or_rebuild(dict.fromkeys(ids, 7), postgres) == expected
    assert postgres.asked == [ids[1:]]
    assert await sessions.get_or_rebuild(dict.fromkeys(ids[:4], 7), postgres) == expected
    assert len(postgres.asked) == 1


async def test_what_is_ahead_of_what_was_asked_for_is_believed(redis: Redis, keys: Keys) -> None:
    sessions, postgres = LiveSessions(redis, keys), Postgres()
    await sessions.set(state(7))
    found = await sessions.get_or_rebuild({UUID(int=1): 6}, postgres)
    assert (found, postgres.asked) == ({UUID(int=1): state(7)}, [])


async def test_a_state_of_another_version_counts_as_absent(redis: Redis, keys: Keys) -> None:
    await redis.hset(keys.session(UUID(int=1)), mapping={"state": "{}"})
    assert await LiveSessions(redis, keys).get(UUID(int=1)) == {}


async def test_without_redis_nothing_is_known_and_nobody_fails(nowhere: Redis, keys: Keys) -> None:
    sessions = LiveSessions(nowhere, keys)
    await sessions.set(state())
    await sessions.delete(UUID(int=1))
    assert await sessions.get(UUID(int=1)) is None
    assert await sessions.pulse(UUID(int=1)) is None
    assert not await sessions.touch(UUID(int=1))
    rebuilt = await sessions.get_or_rebuild({UUID(int=1): 1}, Postgres(state()))
    assert rebuilt == {UUID(int=1): state()}
