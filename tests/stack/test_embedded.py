"""The whole stack: real servers that answer, found again by whoever comes second."""

from pathlib import Path

from redis.asyncio import Redis
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from contracts.search_attributes import SEARCH_ATTRIBUTES
from stack.addresses import Addresses, Given
from stack.embedded import embedded
from stack.place import Place
from tests.stack.people import (
    ELSEWHERE,
    WITHOUT_TEMPORAL,
    Person,
    ask,
    nothing_runs,
    until,
)


async def attributes(temporal: str) -> set[str]:
    client = await Client.connect(temporal)
    request = ListSearchAttributesRequest(namespace="default")
    listed = await client.operator_service.list_search_attributes(request)
    return set(listed.custom_attributes)


async def remember(addresses: Addresses) -> None:
    client = await Client.connect(addresses.temporal)
    await client.start_workflow("Nobody", id="kept", task_queue="nobody")
    await ask(addresses.database_url, "CREATE TABLE kept AS SELECT 'ü' AS letter")
    async with Redis.from_url(addresses.redis_url) as redis:
        await redis.set("kept", "ü", ex=600)


async def assert_remembered(addresses: Addresses) -> None:
    client = await Client.connect(addresses.temporal)
    assert (await client.get_workflow_handle("kept").describe()).workflow_type == "Nobody"
    assert await ask(addresses.database_url, "SELECT letter FROM kept") == {"letter": "ü"}
    async with Redis.from_url(addresses.redis_url, decode_responses=True) as redis:
        assert await redis.get("kept") == "ü"


async def test_all_servers_answer_and_keep_what_they_were_told(state_dir: Path) -> None:
    said: list[str] = []
    with embedded(state_dir, Given(), said.append) as addresses:
        assert await attributes(addresses.temporal) >= set(SEARCH_ATTRIBUTES)
        await remember(addresses)
    until(lambda: nothing_runs(state_dir))
    assert said == [f"Starting {s} for the first time…" for s in ("Temporal", "Postgres", "Valkey")]

    with embedded(state_dir, Given()) as addresses:
        await assert_remembered(addresses)


def test_a_second_user_finds_the_same_servers_and_they_outlive_the_first(state_dir: Path) -> None:
    first = Person(state_dir, WITHOUT_TEMPORAL)
    addresses = first.addresses()
    said: list[str] = []
    with embedded(state_dir, WITHOUT_TEMPORAL, said.append) as mine:
        assert mine == addresses
        assert said == []
        first.leave()
        third = Person(state_dir, WITHOUT_TEMPORAL)
        assert third.addresses() == addresses
    third.leave()
    until(lambda: nothing_runs(state_dir))
    assert Place(state_dir / "postgres").record() is None


def test_many_first_users_at_once_share_one_set_of_servers(state_dir: Path) -> None:
    people = [Person(state_dir, WITHOUT_TEMPORAL) for _ in range(5)]
    assert len({person.addresses().model_dump_json() for person in people}) == 1
    for person in people:
        person.kill()
    until(lambda: nothing_runs(state_dir))


def test_what_is_given_is_not_started_until_somebody_lacks_it(state_dir: Path) -> None:
    with embedded(state_dir, ELSEWHERE) as addresses:
        assert addresses.temporal == ELSEWHERE.temporal
        assert addresses.database_url == ELSEWHERE.database_url
        assert (addresses.ui, addresses.tickets) == (None, None)
        assert [path.name for path in state_dir.iterdir()] == ["valkey"]
        without_postgres = ELSEWHERE.model_copy(update={"database_url": None})
        with embedded(state_dir, without_postgres) as more:
            assert more.database_url.startswith("postgresql://slipway:")
            assert more.redis_url == addresses.redis_url


def test_nothing_is_made_where_everything_is_given(state_dir: Path) -> None:
    given = Given(**{**ELSEWHERE.model_dump(), "redis_url": "redis://127.0.0.1:1"})
    with embedded(state_dir, given) as addresses:
        assert Given(**addresses.model_dump()) == given
    assert not state_dir.exists()


async def test_stacks_live_side_by_side_below_long_paths(state_dir: Path) -> None:
    long = state_dir / ("ä long näme" * 8) / ("and ' another" * 8)
    with embedded(state_dir, Given()) as one, embedded(long, Given()) as two:
        assert len({one.temporal, two.temporal, one.ui, two.ui}) == 4
        assert await attributes(two.temporal) >= set(SEARCH_ATTRIBUTES)
        await remember(one)
        await remember(two)
    until(lambda: nothing_runs(long))
