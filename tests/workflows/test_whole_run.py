"""A ticket's whole way, from its key to finished, recorded work."""

import asyncio
from typing import Any

from sqlalchemy import select

from contracts.agents import Answer
from contracts.approvals import ApprovalStatus
from contracts.events import AgentCompleted, AgentSpawned, OrchestrationStarted
from contracts.orchestrations import OrchestrationStatus
from db.models import AgentExecution, Approval, Checkpoint, IssueComment, TaskOutcome
from db.verification import verify_ledger
from tests.workflows.office import KEY, REQUESTER, Office, phase
from tests.workflows.scripted_workshop import ScriptedWorkshop, done


def worked(*more: str) -> list[str]:
    """The events of a phase with one agent; `more` is what comes of its work."""
    begun = ["PhaseStarted", "AgentSpawned", "AgentCompleted"]
    return [*begun, *more, "PhaseCompleted", "CheckpointCreated"]


STORY = [
    "OrchestrationStarted",
    *worked(),
    *worked("ApprovalRequested", "ApprovalGranted"),
    *worked("CommitCreated"),
    *worked("TestRunCompleted"),
    *worked(),
    "OrchestrationCompleted",
]


async def rows_of(office: Office, model: type[Any]) -> list[Any]:
    row = await office.row()
    assert row is not None
    async with office.stores.sessions() as session:
        found = await session.scalars(select(model).where(model.orchestration_id == row.id))
        return list(found.all())


async def test_a_ticket_is_worked_through_all_phases(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("coder", done("coded", commit="c0de"))
    handle = await office.start()
    assert await office.awaited() == "approval plan"
    assert await office.approve() == ApprovalStatus.APPROVED
    outcome = await handle.result()
    assert (outcome.status, outcome.commit) == (OrchestrationStatus.COMPLETED, "c0de")
    assert await office.told() == STORY
    assert workshop.delivered == [("slipway/KEY-1", "c0de")]
    assert await verify_ledger(office.stores.sessions) is None
    row = await office.row()
    assert row is not None
    async with office.stores.sessions() as session:
        mine = IssueComment.organization_id == row.organization_id
        comments = list(await session.scalars(select(IssueComment.body).where(mine)))
    # Nothing was really pushed, which whoever concludes looks up.
    assert ["But there is no such branch" in said for said in comments] == [True]


async def test_the_tables_show_what_the_events_say(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("coder", done("coded", commit="c0de"))
    handle = await office.start()
    await office.approve()
    outcome = await handle.result()
    row = await office.row()
    assert row is not None
    assert (row.id, row.status, row.commit_sha) == (outcome.orchestration_id, "COMPLETED", "c0de")
    assert (row.branch, row.tokens, row.attempt) == ("slipway/KEY-1", 480, 1)
    agents = await rows_of(office, AgentExecution)
    assert {(agent.agent_name, agent.status) for agent in agents} == {
        (name, "COMPLETED") for name in ("explorer", "planner", "coder", "tests", "writer")
    }
    assert [one.status for one in await rows_of(office, Approval)] == ["APPROVED"]
    assert len(await rows_of(office, Checkpoint)) == 5
    assert [(one.success, one.tests_passed) for one in await rows_of(office, TaskOutcome)] == [
        (True, True)
    ]


async def test_what_was_found_at_the_start_is_frozen_in_the_first_event(office: Office) -> None:
    handle = await office.start(end="EXPLORE")
    await handle.result()
    started = (await office.facts(OrchestrationStarted))[0]
    assert started.base_commit == office.upstream.git("rev-parse", "HEAD")
    assert (started.requested_by, started.playbook.name) == (REQUESTER, "all")
    assert started.ticket.title == "Round half a cent up"


async def test_each_phase_reads_what_the_earlier_ones_left(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    handle = await office.start()
    await office.approve()
    await handle.result()
    writer = workshop.runs_of("writer")[0]
    assert [(one.agent, one.summary) for one in writer.earlier] == [
        ("explorer", "explorer is done"),
        ("planner", "planner is done"),
        ("coder", "coder is done"),
        ("tests", "the tests ran"),
    ]
    assert writer.last_tests is not None
    assert writer.last_tests.passed == 3


async def test_agents_side_by_side_work_at_the_same_time(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    readers = [phase("EXPLORE", "one", "two")["agents"][i] | {"writes": False} for i in (0, 1)]
    office.playbook("pair", phase("EXPLORE", *readers, parallel=True))
    one, two = workshop.held("one"), workshop.held("two")
    handle = await office.start(playbook="pair")
    await asyncio.gather(one.working.wait(), two.working.wait())
    two.go_on.set()
    one.go_on.set()
    await handle.result()
    assert len(await office.facts(AgentSpawned)) == len(await office.facts(AgentCompleted)) == 2


async def test_agents_in_sequence_build_on_each_others_commits(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("pair", phase("CODE", "one", "two"))
    workshop.script("one", done("first", commit="c1"))
    workshop.script("two", done("second", commit="c2"))
    outcome = await (await office.start(playbook="pair")).result()
    assert workshop.runs_of("two")[0].base_commit == "c1"
    assert outcome.commit == "c2"


async def test_a_person_who_codes_pushes_and_answers(office: Office) -> None:
    developer = {"kind": "human", "name": "developer", "ask": "Do it and push."}
    office.playbook("human", phase("CODE", developer))
    handle = await office.start(playbook="human")
    assert await office.awaited() == "answer to developer"
    branch = f"slipway/{KEY}"
    assert office.upstream.git("rev-parse", branch) == office.upstream.git("rev-parse", "main")
    office.upstream.git("checkout", "--quiet", branch)
    pushed = office.upstream.commit(work="by hand")
    question = await office.tell("answer", Answer(text="rounded", by=REQUESTER))
    assert question == f"Do it and push. (branch {branch})"
    outcome = await handle.result()
    assert outcome.commit == pushed
    assert "QuestionAnswered" in await office.told()


async def test_a_phase_without_agents_says_so_and_passes(office: Office) -> None:
    office.playbook("empty", phase("CODE"))
    handle = await office.start(playbook="empty")
    await handle.result()
    state = await office.state()
    assert [one.note for one in state.phases] == ["no agent is named for CODE; nothing was done"]
