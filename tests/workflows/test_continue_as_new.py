"""Long runs continue as new: on a server that wants it early, nothing said around it is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from clients.orchestrations import NotRunningError
from contracts.agents import AgentResult, AgentRun
from contracts.events import GuidanceGiven
from contracts.jira_work import Guidance, WorkOutcome
from db.verification import verify_ledger
from stack import temporal as server
from tests.workflows.office import (
    MANAGER,
    Handle,
    Office,
    approval,
)
from tests.workflows.scripted_workshop import ScriptedWorkshop, done, ran_tests

SUGGEST_EARLY = "limit.historyCount.suggestContinueAsNew=12"


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[Client]:
    attributes = [
        SearchAttributeKey.for_keyword(name)
        for name, kind in server.SEARCH_ATTRIBUTES.items()
        if kind == "Keyword"
    ]
    async with await WorkflowEnvironment.start_local(
        data_converter=pydantic_data_converter,
        search_attributes=attributes,
        dev_server_existing_path=str(server.find()),
        dev_server_log_level="error",
        dev_server_extra_args=["--dynamic-config-value", SUGGEST_EARLY],
    ) as environment:
        yield environment.client


async def runs_of(handle: Handle) -> int:
    """How many runs the work took."""
    count, run_id = 1, handle.first_execution_run_id
    while True:
        run: WorkflowHandle[object, WorkOutcome] = handle._client.get_workflow_handle(
            handle.id, run_id=run_id
        )
        last = (await run.fetch_history()).events[-1]
        run_id = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
        if not run_id:
            return count
        count += 1


async def test_work_that_continues_as_new_is_one_orchestration(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("tests", ran_tests(1, "a"), ran_tests(2))
    workshop.script("coder", done("coded", commit="c0de"))
    handle = await office.start()
    await office.approve()
    outcome = await handle.result()
    assert await runs_of(handle) > 3
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
    assert await described.static_summary() == "KEY-1 · Round half a cent up"
    found = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    assert (found["SlipwayIssue"], found["SlipwayStatus"]) == ("KEY-1", "COMPLETED")


async def test_guidance_given_around_each_continuation_is_heard_exactly_once(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    said: list[str] = []
    over = asyncio.Event()

    async def talk() -> None:
        while not over.is_set():
            text = f"remark {len(said)}"
            try:
                await office.work.signal("KEY-1", "guide", Guidance(text=text, by=MANAGER))
            except NotRunningError:
                return
            said.append(text)

    async def listens(run: AgentRun) -> AgentResult:
        heard = len(said)
        while len(said) < heard + 3:
            await asyncio.sleep(0)
        return done()

    for name in ("explorer", "coder", "fixer"):
        workshop.script(name, listens)
    workshop.script("tests", *(ran_tests(1, "a") for _ in range(3)), ran_tests(2))
    handle = await office.start(skip=["PLAN"])
    writer = workshop.held("writer")
    talking = asyncio.create_task(talk())
    await writer.working.wait()
    over.set()
    await talking
    writer.go_on.set()
    await handle.result()
    assert await runs_of(handle) > 3
    assert [one.text for one in await office.facts(GuidanceGiven)] == said
    heard = [text for run in workshop.runs for text in run.guidance]
    assert len(heard) == len(set(heard))
    assert await verify_ledger(office.stores.sessions) is None
