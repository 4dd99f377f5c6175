"""Where one agent of a group fails, those at work may finish, and nobody waits for people."""

from typing import Any

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from contracts.agents import Answer
from contracts.budgets import Scope
from contracts.events import (
    AgentCompleted,
    AgentFailed,
    BudgetWithdrawn,
    QuestionAsked,
    QuestionWithdrawn,
)
from contracts.jira_work import Guidance
from db.verification import verify_ledger
from tests.workflows.endings import failure_of
from tests.workflows.office import KEY, MANAGER, Office, phase, until
from tests.workflows.scripted_workshop import ScriptedWorkshop, blocked, broken, done
from tests.workflows.spending import capped, more, stopped
from workflows.jira_work import JiraWork
from workflows.riding import RidingInterceptor

PERSON = {"kind": "human", "name": "developer", "ask": "Do it.", "writes": False}
BROKEN = broken("NoIdeaError", "no idea")
WHY = "one failed in EXPLORE, so the work ends"


def side_by_side(*names: str, **rest: Any) -> dict[str, Any]:
    agents = [one | {"writes": False} for one in phase("EXPLORE", *names)["agents"]]
    return phase("EXPLORE", *agents, *rest.values(), parallel=True)


async def test_a_person_who_is_awaited_is_withdrawn(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("pair", side_by_side("one", person=PERSON))
    one = workshop.held("one", BROKEN)
    handle = await office.start(playbook="pair")
    assert await office.awaited() == "answer to developer"
    one.go_on.set()
    assert (await failure_of(handle)).type == "NoIdeaError"
    assert [one.reason for one in await office.facts(QuestionWithdrawn)] == [WHY]
    ended = {one.error_type: one.cancelled for one in await office.facts(AgentFailed)}
    assert ended == {"NoIdeaError": False, "Withdrawn": True}
    assert (await office.told())[-2:] == ["PhaseFailed", "OrchestrationFailed"]
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_question_about_the_budget_is_withdrawn(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("pair", side_by_side("one", "two"), **capped(100))
    one = workshop.held("one", BROKEN)
    workshop.script("two", stopped(Scope.ORCHESTRATION, 100, 101))
    handle = await office.start(playbook="pair")
    assert await office.awaited() == "more tokens"
    one.go_on.set()
    assert (await failure_of(handle)).type == "NoIdeaError"
    assert [one.reason for one in await office.facts(BudgetWithdrawn)] == [WHY]
    row = await office.row()
    assert row is not None
    assert "waiting" not in (await office.row_of(row.id)).budget
    assert await verify_ledger(office.stores.sessions) is None


async def test_while_another_is_at_work_nobody_is_awaited_and_its_work_is_kept(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("three", side_by_side("one", "two", person=PERSON))
    one, two = workshop.held("one", BROKEN), workshop.held("two", done("it is in billing/"))
    handle = await office.start(playbook="three")
    await office.awaited()
    await two.working.wait()
    one.go_on.set()

    async def nobody_is_awaited() -> bool:
        return await office.facts(QuestionWithdrawn) != []

    await until(nobody_is_awaited)
    assert (await office.state()).awaited is None
    assert await office.refusal("answer", Answer(text="done", by=MANAGER)) == "NO_QUESTION"
    two.go_on.set()
    assert (await failure_of(handle)).type == "NoIdeaError"
    assert [one.summary for one in await office.facts(AgentCompleted)] == ["it is in billing/"]


async def test_who_comes_to_a_question_after_that_does_not_ask_it(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("pair", side_by_side("one", "two"))
    workshop.script("one", BROKEN)
    two = workshop.held("two", blocked("Up or down?"))
    handle = await office.start(playbook="pair")
    await two.working.wait()

    async def failed() -> bool:
        return (await office.state()).last_sequence >= 5

    await until(failed)
    two.go_on.set()
    assert (await failure_of(handle)).type == "NoIdeaError"
    assert await office.facts(QuestionAsked) == []
    row = await office.row()
    assert row is not None
    assert row.tokens == 120  # Being blocked is not free.


async def test_whoever_refuses_more_to_one_ends_the_waiting_of_all(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("pair", side_by_side("two", person=PERSON), **capped(100))
    workshop.script("two", stopped(Scope.ORCHESTRATION, 100, 101))
    handle = await office.start(playbook="pair")

    async def both_are_asked() -> bool:
        return {"QuestionAsked", "BudgetExceeded"} <= set(await office.told())

    await until(both_are_asked)
    await office.tell("raise_budget", more(refuse=True, comment="it leads nowhere"))
    assert (await failure_of(handle)).type == "BudgetRefused"
    assert len(await office.facts(QuestionWithdrawn)) == 1


async def test_a_group_that_is_told_much_begins_in_several_workflow_tasks(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    """The server ends a run that begins with more than four megabytes at once."""
    names = [f"agent-{number}" for number in range(24)]
    group = side_by_side(*names) | {"phase": "PLAN"}
    office.playbook("wide", phase("EXPLORE", "explorer"), group)
    explorer = workshop.held("explorer")
    handle = await office.start(playbook="wide")
    await explorer.working.wait()
    for _ in range(19):
        await office.work.signal(KEY, "guide", Guidance(text="x" * 10_000, by=MANAGER))
    explorer.go_on.set()
    await handle.result()
    assert {len(workshop.runs_of(name)) for name in names} == {1}
    replayer = Replayer(
        workflows=[JiraWork],
        interceptors=[RidingInterceptor()],
        data_converter=pydantic_data_converter,
    )
    await replayer.replay_workflow(await handle.fetch_history())
