"""Long runs continue as new: on a server that wants it early, nothing said around it is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from contracts.agents import Answer
from contracts.events import GuidanceGiven, QuestionAnswered
from contracts.jira_work import Guidance
from db.verification import verify_ledger
from tests.workflows.histories import early_continuing_server, histories_of
from tests.workflows.office import (
    CODE,
    KEY,
    MANAGER,
    Office,
    approval,
    phase,
    until,
)
from tests.workflows.scripted_workshop import ScriptedWorkshop, blocked, done, ran_tests


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[Client]:
    async with early_continuing_server() as client:
        yield client


async def test_work_that_continues_as_new_is_one_orchestration(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("tests", ran_tests(1, "a"), ran_tests(2))
    workshop.script("coder", done("coded", commit="c0de"))
    handle = await office.start()
    await office.approve()
    outcome = await handle.result()
    assert len(await histories_of(office.client, handle)) > 3
    ledger = await office.ledger()
    assert [one.sequence for one in ledger] == list(range(1, len(ledger) + 1))
    assert (ledger[0].event.type, ledger[-1].event.type) == (
        "OrchestrationStarted",
        "OrchestrationCompleted",
    )
    row = await office.row()
    assert row is not None
    assert (row.id, row.attempt, row.status) == (outcome.orchestration_id, 1, "COMPLETED")
    assert await verify_ledger(office.stores.sessions) is None


async def test_what_earlier_runs_found_out_is_known_to_later_ones(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("coder", done("coded", commit="c0de"))
    handle = await office.start()
    await office.awaited()
    await office.tell("decide", approval(comment="mind the tests"))
    await handle.result()
    writer = workshop.runs_of("writer")[0]
    assert [one.agent for one in writer.earlier] == ["explorer", "planner", "coder", "tests"]
    assert writer.base_commit == "c0de"
    assert workshop.runs_of("coder")[0].guidance == ("mind the tests",)
    state = await office.state()
    assert [(one.phase, one.status) for one in state.phases] == [
        ("EXPLORE", "COMPLETED"),
        ("PLAN", "COMPLETED"),
        ("CODE", "COMPLETED"),
        ("TEST", "COMPLETED"),
        ("DOCUMENT", "COMPLETED"),
    ]


async def test_the_web_ui_finds_a_continued_run_like_the_first(office: Office) -> None:
    handle = await office.start()
    await office.approve()
    await handle.result()
    described = await office.work.handle("KEY-1").describe()
    assert described.run_id != handle.first_execution_run_id
    found = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    assert (found["SlipwayIssue"], found["SlipwayStatus"]) == ("KEY-1", "COMPLETED")


async def test_guidance_given_around_each_continuation_is_heard_exactly_once(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    said: list[str] = []
    enough = asyncio.Event()

    async def talk() -> None:
        while len(said) < 60:
            text = f"remark {len(said)}"
            guidance = Guidance(text=text, by=MANAGER, once=text)
            for _ in range(2):  # As after a lost answer.
                await office.work.signal("KEY-1", "guide", guidance)
            said.append(text)
        enough.set()

    workshop.script("tests", ran_tests(1, "a"), ran_tests(2))
    writer = workshop.held("writer")
    handle = await office.start(skip=["EXPLORE", "PLAN"])
    talking = asyncio.create_task(talk())
    await writer.working.wait()
    await asyncio.gather(talking, enough.wait())
    writer.go_on.set()
    await handle.result()
    assert len(await histories_of(office.client, handle)) > 1
    assert [one.text for one in await office.facts(GuidanceGiven)] == said
    # A busy machine may have to try a step again: it hears the same, and nobody else does. What
    # goes by rules is shown what waits, and takes nothing.
    steps = {run.step: run.guidance for run in workshop.runs if run.agent.kind == "command"}
    heard = [text for guidance in steps.values() for text in guidance]
    assert len(heard) == len(set(heard))
    assert await verify_ledger(office.stores.sessions) is None


async def test_an_answer_that_is_repeated_to_the_next_run_answers_nothing_else(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("ask", phase("EXPLORE", "explorer"), CODE, phase("DOCUMENT", "writer"))
    workshop.script("coder", blocked("Up or down?"), done())
    workshop.script("writer", blocked("In which language?"), done())
    handle = await office.start(playbook="ask")
    up = Answer(text="up", by=MANAGER)
    await office.awaited()
    assert await office.work.update(KEY, "answer", up, once="a delivery") == "Up or down?"

    async def asked_again() -> bool:
        awaited = (await office.state()).awaited
        return awaited is not None and awaited.what == "answer to writer"

    await until(asked_again)
    assert len(await histories_of(office.client, handle)) > 1
    assert await office.work.update(KEY, "answer", up, once="a delivery") == "Up or down?"
    await office.tell("answer", Answer(text="English", by=MANAGER))
    await handle.result()
    said = [(one.question, one.answer) for one in await office.facts(QuestionAnswered)]
    assert said == [("Up or down?", "up"), ("In which language?", "English")]


async def test_a_continued_run_shows_nobody_as_awaited_who_has_answered(office: Office) -> None:
    developer = {"kind": "human", "name": "developer", "ask": "Do it."}
    explore = phase("EXPLORE", "explorer")
    office.playbook("human", explore, phase("CODE", developer), phase("DOCUMENT", "writer"))
    handle = await office.start(playbook="human")
    await office.awaited()
    await office.tell("answer", Answer(text="done", by=MANAGER))
    await handle.result()
    assert len(await histories_of(office.client, handle)) > 1
    described = await office.work.handle(KEY).describe()
    found = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    assert found["SlipwayAwaiting"] == ""


async def test_more_than_a_run_can_begin_with_is_written_before_it_continues(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("code", CODE, phase("DOCUMENT", "writer"))
    coder = workshop.held("coder")
    handle = await office.start(playbook="code")
    await coder.working.wait()
    long = Guidance(text="x" * 10_000, by=MANAGER)
    for _ in range(220):  # Two megabytes are what Temporal takes.
        await office.work.signal(KEY, "guide", long)
    coder.go_on.set()
    await handle.result()
    assert len(await histories_of(office.client, handle)) > 1
    assert len(await office.facts(GuidanceGiven)) == 220
