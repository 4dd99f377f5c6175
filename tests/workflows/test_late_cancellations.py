"""A cancellation that comes when the work is over already: the run ends as its ledger says."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from contracts.delegations import Delegation
from contracts.orchestrations import OrchestrationStatus
from contracts.sla import SlaKind, SlaPause, SlaTerms
from db.identity import Organizations
from db.sla_terms import Definitions
from tests.workflows.endings import failure_of
from tests.workflows.office import CODE, MANAGER, PLAN, SECOND_MANAGER, Handle, Office, until
from tests.workflows.scripted_workshop import ScriptedWorkshop

Events = list[HistoryEvent]
DONE = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


async def seen(handle: Handle, is_so: Callable[[Events], bool]) -> None:
    async def found() -> bool:
        return is_so(list((await handle.fetch_history()).events))

    await until(found)


def scheduled(events: Events, activity: str) -> list[int]:
    return [
        one.event_id
        for one in events
        if one.activity_task_scheduled_event_attributes.activity_type.name == activity
    ]


async def scheduled_in(handle: Handle, activity: str) -> list[int]:
    return scheduled(list((await handle.fetch_history()).events), activity)


def concluded(events: Events) -> bool:
    told = scheduled(events, "conclude")
    done = (one.activity_task_completed_event_attributes.scheduled_event_id for one in events)
    return bool(told) and told[0] in done and events[-1].event_type == DONE


async def cancel(handle: Handle) -> None:
    """Comes back once the run has heard of it."""
    await handle.cancel()
    asked = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED

    def heard(events: Events) -> bool:
        numbers = [one.event_id for one in events if one.event_type == asked]
        done = (one.event_id for one in events if one.event_type == DONE)
        return bool(numbers) and any(number > numbers[0] for number in done)

    await seen(handle, heard)


async def test_a_run_that_is_over_hears_everybody_out(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("code", CODE)
    coder = workshop.held("coder")
    handle = await office.start(playbook="code")
    await coder.working.wait()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    delegation = Delegation(by=MANAGER, to=SECOND_MANAGER, until=tomorrow)
    async with office.stores.sessions.begin() as session:
        await session.execute(text("LOCK TABLE audit_logs IN EXCLUSIVE MODE"))
        said = asyncio.create_task(office.tell("delegate", delegation))
        await seen(handle, lambda events: bool(scheduled(events, "authorise_delegation")))
        coder.go_on.set()
        await seen(handle, concluded)
        await cancel(handle)
    assert (await said).startswith(SECOND_MANAGER)
    assert (await handle.result()).status is OrchestrationStatus.COMPLETED


async def test_a_run_that_has_failed_leaves_its_last_words(office: Office) -> None:
    budget = {
        "orchestration": {"tokens": 120}
    }  # As many as the planner uses: nobody works after it.
    office.playbook("poor", PLAN, CODE, budget=budget, on_limit="end")
    hour = timedelta(hours=1)
    terms = SlaTerms(
        name="soon",
        clock=SlaKind.RESOLUTION,
        target=hour,
        warning=hour / 4,
        critical=hour / 2,
        pause_on=(SlaPause.APPROVAL,),
    )
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        await Definitions(session, id).put(terms)
    handle = await office.start(playbook="poor")
    await office.awaited()
    reckoned = len(await scheduled_in(handle, "reckon_clocks"))
    row = await office.row()
    assert row is not None
    async with office.stores.sessions.begin() as session:
        locked = text("SELECT id FROM orchestrations WHERE id = :id FOR NO KEY UPDATE")
        await session.execute(locked, {"id": row.id})
        await office.approve()
        await seen(handle, lambda events: len(scheduled(events, "reckon_clocks")) > reckoned)
        await cancel(handle)
    assert (await failure_of(handle)).type == "BudgetExceeded"
    assert (await office.told())[-1] == "OrchestrationFailed"
