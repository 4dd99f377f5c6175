"""What a workshop shares with all others: starts, answers, and hosts that rest."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from activities.guarded_workshop import GuardedWorkshop
from activities.shared import SharedByAll
from clients.meters import Hear, ignored
from contracts.agents import AgentOutput, AgentResult, AgentRun, AgentStatus, Report, Workplace
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import CommandAgent
from errors import RetryLaterError
from policy.limits import limits_with

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOST = "https://git.example.org/shop.git"


class Bench:
    """A workshop that counts, and whose host may be away."""

    def __init__(self) -> None:
        self.worked = self.delivered = 0
        self.status = AgentStatus.COMPLETED
        self.away = False

    async def work(
        self, run: AgentRun, token: str, when: datetime, hear: Hear = ignored
    ) -> tuple[AgentResult, AgentOutput]:
        self.worked += 1
        report = Report(status="completed", summary=f"try {self.worked}")
        return AgentResult(status=self.status, report=report), AgentOutput()

    async def deliver(self, run: AgentRun, commit: str) -> None:
        self.delivered += 1
        if self.away:
            raise ConnectionError("the host is away")


@pytest.fixture
def bench() -> Bench:
    return Bench()


NewGuarded = Callable[..., GuardedWorkshop]


@pytest.fixture
def guarded(redis: Redis, bench: Bench) -> NewGuarded:
    return lambda **limits: GuardedWorkshop(bench, SharedByAll(redis, limits_with(limits)))


def run(**agent: Any) -> AgentRun:
    given = {"kind": "command", "name": "reader", "command": ("read",), "writes": False, **agent}
    return AgentRun(
        workplace=PLACE,
        ticket=Ticket(key="DEMO-1", title="Round right"),
        agent=CommandAgent.model_validate(given),
        phase=Phase.EXPLORE,
        round=1,
        step="EXPLORE/1/reader",
        base_commit="1" * 40,
    )


PLACE = Workplace(
    organization_id=uuid4(),
    orchestration_id=uuid4(),
    attempt=1,
    repo_url=HOST,
    branch="slipway/DEMO-1",
)


def elsewhere(run: AgentRun) -> AgentRun:
    place = PLACE.model_copy(update={"organization_id": uuid4()})
    return run.model_copy(update={"workplace": place})


async def test_more_starts_than_allowed_come_later(guarded: NewGuarded, bench: Bench) -> None:
    workshop, often = guarded(agent_starts="2/1h"), elsewhere(run())
    for _ in range(2):
        await workshop.work(often, "token", NOW)
    with pytest.raises(RetryLaterError, match="agent_starts") as later:
        await workshop.work(often, "token", NOW)
    assert later.value.delay.total_seconds() > 60
    assert bench.worked == 2


async def test_a_cacheable_agent_answers_the_same_brief_from_memory(
    guarded: NewGuarded, bench: Bench
) -> None:
    workshop, same = guarded(), elsewhere(run(cacheable=True, version="1"))
    first, _ = await workshop.work(same, "token", NOW)
    again, _ = await workshop.work(same, "other", NOW)
    assert again == first
    other = run(cacheable=True, version="2").model_copy(update={"workplace": same.workplace})
    await workshop.work(other, "token", NOW)
    assert bench.worked == 2


async def test_a_failure_is_not_remembered(guarded: NewGuarded, bench: Bench) -> None:
    workshop, same = guarded(), elsewhere(run(cacheable=True))
    bench.status = AgentStatus.FAILED
    await workshop.work(same, "token", NOW)
    await workshop.work(same, "token", NOW)
    assert bench.worked == 2


async def test_who_does_not_say_so_works_each_time(guarded: NewGuarded, bench: Bench) -> None:
    workshop, same = guarded(), elsewhere(run())
    await workshop.work(same, "token", NOW)
    await workshop.work(same, "token", NOW)
    assert bench.worked == 2


async def test_a_host_that_fails_again_and_again_is_left_alone(
    guarded: NewGuarded, bench: Bench
) -> None:
    workshop, pushed = guarded(), elsewhere(run())
    bench.away = True
    for _ in range(5):
        with pytest.raises(ConnectionError):
            await workshop.deliver(pushed, "1" * 40)
    with pytest.raises(RetryLaterError):
        await workshop.deliver(pushed, "1" * 40)
    assert bench.delivered == 5
