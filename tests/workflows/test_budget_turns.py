"""Budgets across the turns of a run: side by side, ahead, reset, with other waiting."""

import asyncio
from typing import Any

from contracts.agents import Answer
from contracts.budgets import Scope
from contracts.events import BudgetExceeded, BudgetRaised, RunReset
from contracts.jira_work import Pause
from db.verification import verify_ledger
from tests.workflows.histories import reset
from tests.workflows.office import CODE, MANAGER, SECOND_MANAGER, Office, phase, until
from tests.workflows.scripted_workshop import Held, ScriptedWorkshop, blocked, done
from tests.workflows.spending import capped, more, stopped, used

TWO = (CODE, phase("DOCUMENT", "writer"))


def side_by_side() -> dict[str, Any]:
    agents = [one | {"writes": False} for one in phase("EXPLORE", "one", "two")["agents"]]
    return phase("EXPLORE", *agents, parallel=True)


async def test_one_raise_is_enough_for_all_who_came_to_the_same_limit(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("pair", side_by_side(), **capped(100))
    for name in ("one", "two"):
        workshop.script(name, stopped(Scope.ORCHESTRATION, 100, 101), done())
    handle = await office.start(playbook="pair")
    await office.awaited()
    await office.tell("raise_budget", more(tokens=1_000))
    await handle.result()
    assert len(await office.facts(BudgetExceeded)) == 1
    assert [len(workshop.runs_of(name)) for name in ("one", "two")] == [2, 2]
    assert await verify_ledger(office.stores.sessions) is None


async def test_two_agents_caps_are_raised_one_after_the_other(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("pair", side_by_side(), budget={"agent": {"tokens": 100}})
    for name in ("one", "two"):
        workshop.script(name, stopped(Scope.AGENT, 100, 101), done())
    handle = await office.start(playbook="pair")
    for asked in (1, 2):

        async def was_asked(times: int = asked) -> bool:
            told = await office.told()
            return told.count("BudgetExceeded") == times and told.count("AgentFailed") == 2

        await until(was_asked)
        await office.tell("raise_budget", more(tokens=50))
    await handle.result()
    limits = {run.agent.name: int(run.bounds[0].limit) for run in workshop.runs}
    assert limits == {"one": 150, "two": 150}


async def test_a_question_and_a_limit_are_both_waited_for(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("pair", side_by_side(), budget={"agent": {"tokens": 200}})
    two = workshop.held("two", blocked("Up or down?"))
    workshop.script("one", stopped(Scope.AGENT, 200, 201), done())
    handle = await office.start(playbook="pair")
    assert await office.awaited() == "more tokens"
    await two.working.wait()
    workshop.script("two", done())
    two.go_on.set()
    await office.awaits("answer to two")
    await office.tell("answer", Answer(text="up", by=MANAGER))
    assert await office.awaited() == "more tokens"
    await until(lambda: has_ended(office, "two"))
    await office.tell("raise_budget", more(tokens=50))
    await handle.result()


async def has_ended(office: Office, agent: str) -> bool:
    told = await office.ledger()
    return any(one.agent_name == agent and one.event.type == "AgentCompleted" for one in told)


async def test_a_raise_ahead_is_not_waited_for_later(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("capped", *TWO, **capped())
    coder = workshop.held("coder", used(1_100))
    handle = await office.start(playbook="capped")
    await coder.working.wait()
    told = await office.tell("raise_budget", more(tokens=500))
    assert told == "raised ahead; nothing waited for it"
    assert len(await office.facts(BudgetRaised)) == 1
    assert await office.refusal("raise_budget", more(refuse=True)) == "NOTHING_WAITS"
    coder.go_on.set()
    await handle.result()
    assert await office.facts(BudgetExceeded) == []
    assert await verify_ledger(office.stores.sessions) is None


async def test_of_two_raises_at_once_both_count(office: Office, workshop: ScriptedWorkshop) -> None:
    office.playbook("capped", *TWO, **capped())
    workshop.script("coder", used(1_000))
    writer = workshop.held("writer")
    handle = await office.start(playbook="capped")
    await office.awaited()
    said = await asyncio.gather(
        office.tell("raise_budget", more(tokens=300)),
        office.tell("raise_budget", more(by=SECOND_MANAGER, tokens=400)),
    )
    writer.go_on.set()
    await handle.result()
    assert sorted(said) == ["raised ahead; nothing waited for it", "raised; it goes on"]
    assert [one.granted.tokens for one in await office.facts(BudgetRaised)][-1] == 700


async def test_a_pause_waits_behind_the_limit(office: Office, workshop: ScriptedWorkshop) -> None:
    office.playbook("capped", *TWO, **capped())
    workshop.script("coder", used(1_001))
    await office.start(playbook="capped")
    assert await office.awaited() == "more tokens"
    await office.tell("pause", Pause(by=MANAGER))
    await office.tell("raise_budget", more(tokens=900))

    async def rests() -> bool:
        row = await office.row()
        return row is not None and row.status == "PAUSED"

    await until(rests)
    assert workshop.runs_of("writer") == []


async def test_a_reset_run_keeps_what_it_was_granted_and_no_more(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    """Temporal tells the new run what was said to the old one, and it counts ahead."""
    office.playbook("capped", *TWO, **capped())
    writer = Held()
    workshop.script("coder", used(1_000))
    workshop.script("writer", writer, used(1))
    old = await office.start(playbook="capped")
    await office.awaited()
    await office.tell("raise_budget", more(tokens=500))
    await writer.working.wait()
    await (await reset(office, old, "coder")).result()
    assert len(await office.facts(RunReset)) == 1
    assert [one.granted.tokens for one in await office.facts(BudgetRaised)] == [500]
    assert int(workshop.runs_of("writer")[-1].bounds[0].limit) == 1_500
    assert await verify_ledger(office.stores.sessions) is None
