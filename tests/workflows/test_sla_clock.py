"""Clocks of service levels, over hours and days that the server skips."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from contracts.phases import Phase
from contracts.sla import (
    Acknowledgement,
    BusinessCalendar,
    OpeningHours,
    SlaKind,
    SlaPause,
    SlaSeverity,
    Weekday,
)
from policy.sla import business_time, instant_after
from tests.workflows.skipped_time import RUNNER
from tests.workflows.sla_house import (
    House,
    SlaHouse,
    definition,
)
from tests.workflows.sla_reports import (
    DAY,
    HOUR,
    KINDS,
    MINUTE,
    RESOLVED,
    reached,
    told,
    until_told,
)

TELL = {SlaSeverity.CRITICAL: ("lead",), SlaSeverity.BREACH: ("lead", "boss")}
OFFICE = BusinessCalendar(
    name="office",
    time_zone="Europe/Berlin",
    hours=dict.fromkeys(tuple(Weekday)[:5], (OpeningHours(opens=time(9), closes=time(17)),)),
)


@pytest.fixture
def house(environment: WorkflowEnvironment) -> House:
    return House(environment, f"house-{uuid4()}")


async def test_it_warns_becomes_critical_and_breaks_once_each(house: House) -> None:
    async with house.at_work():
        ticket = await house.open(RESOLVED.model_copy(update={"tell": TELL}))
        await ticket.passes(10 * HOUR)
        seen = await ticket.finish()
    began = seen.moments[0]
    assert [type(one) for one in reached(seen)] == KINDS
    assert [one.at - began for one in reached(seen)] == [75 * MINUTE, 90 * MINUTE, 100 * MINUTE]
    assert [one.target for one in reached(seen)] == [100 * MINUTE] * 3
    assert [one.tell for one in reached(seen)] == [(), ("lead",), ("lead", "boss")]
    broken = reached(seen)[-1]
    assert broken.exceeded_by == broken.actual - broken.target
    assert timedelta() <= broken.exceeded_by < MINUTE
    assert seen.flushed == 3
    assert seen.details == (f"broken: **resolved** since {broken.at:%Y-%m-%d %H:%M} UTC",)


async def test_what_ends_in_time_is_not_broken(house: House) -> None:
    async with house.at_work():
        ticket = await house.open(RESOLVED)
        await ticket.passes(80 * MINUTE)
        seen = await ticket.finish()
    assert told(seen) == [("SlaWarned", "resolved", None)]


async def test_in_business_hours_nights_and_weekends_cost_nothing(house: House) -> None:
    terms = {"calendar": OFFICE, "pause_on": (SlaPause.ANSWER,)}
    slow = definition("slow", SlaKind.RESOLUTION, 24 * HOUR, **terms)
    async with house.at_work():
        ticket = await house.open(slow)
        before = await ticket.due_at()
        await ticket.passes(2 * DAY)
        await ticket.happen("person_awaited", None, SlaPause.ANSWER)
        await ticket.passes(9 * DAY)
        await ticket.happen("person_answered", None, SlaPause.ANSWER)
        after = await ticket.due_at()
        await ticket.passes(14 * DAY)
        seen = await ticket.finish()
    began, awaited, answered, _ = seen.moments
    spent = business_time(OFFICE, began, awaited)
    assert before == instant_after(OFFICE, began, slow.target)
    assert after == instant_after(OFFICE, answered, slow.target - spent)
    assert reached(seen)[-1].at == after


async def test_a_deadline_that_passes_without_a_worker_keeps_its_true_time(house: House) -> None:
    async with house.at_work():
        ticket = await house.open(RESOLVED)
        due = await ticket.due_at()
    await ticket.reaches(due - 25 * MINUTE)
    await ticket.passes_unseen(10 * HOUR)
    async with house.at_work():
        await until_told(ticket, 3)
        seen = await ticket.finish()
    began = seen.moments[0]
    assert [one.at - began for one in reached(seen)] == [75 * MINUTE, 90 * MINUTE, 100 * MINUTE]
    broken = reached(seen)[-1]
    assert broken.actual >= 10 * HOUR
    assert broken.exceeded_by == broken.actual - 100 * MINUTE


async def test_what_broke_before_the_end_is_recorded_though_nobody_was_there(
    house: House,
) -> None:
    async with house.at_work():
        ticket = await house.open(RESOLVED)
        due = await ticket.due_at()
    await ticket.reaches(due - 25 * MINUTE)
    await ticket.happen("finish")
    await ticket.passes_unseen(10 * HOUR)
    async with house.at_work():
        seen = await ticket.handle.result()
    assert [type(one) for one in reached(seen)] == KINDS
    assert reached(seen)[-1].at == seen.moments[0] + 100 * MINUTE


async def test_a_clock_that_was_stopped_before_it_was_ever_reckoned_is_reckoned(
    house: House,
) -> None:
    """Started without a worker, and over with its first turn: nothing has passed, nothing told."""
    coding = definition("coding", SlaKind.PHASE, HOUR)
    ticket = await house.open(coding)
    await ticket.happen("phase_began", Phase.CODE)
    await ticket.happen("phase_ended", Phase.CODE)
    async with house.at_work():
        assert told(await ticket.finish()) == []


async def test_a_phase_is_timed_over_all_its_rounds_and_each_phase_by_itself(
    house: House,
) -> None:
    timed = definition("timed", SlaKind.PHASE, 100 * MINUTE, phases=(Phase.CODE, Phase.TEST))
    async with house.at_work():
        ticket = await house.open(timed)
        for phase in (Phase.CODE, Phase.TEST, Phase.PLAN, Phase.CODE):
            await ticket.happen("phase_began", phase)
            await ticket.passes(80 * MINUTE)
            await ticket.happen("phase_ended", phase)
            await ticket.passes(5 * HOUR)
        seen = await ticket.finish()
    assert told(seen) == [
        ("SlaWarned", "timed", Phase.CODE),
        ("SlaWarned", "timed", Phase.TEST),
        ("SlaCritical", "timed", Phase.CODE),
        ("SlaViolated", "timed", Phase.CODE),
    ]
    first_round = seen.moments[2] - seen.moments[1]
    second_began = seen.moments[7]
    assert reached(seen)[-1].at == second_began + 100 * MINUTE - first_round


async def test_a_run_that_continues_as_new_keeps_its_clocks(house: House) -> None:
    async with house.at_work():
        ticket = await house.open(RESOLVED.model_copy(update={"pause_on": (SlaPause.ANSWER,)}))
        due = await ticket.due_at()
        began = (await ticket.seen()).moments[0]
        await ticket.passes(80 * MINUTE)
        await until_told(ticket, 1)
        await ticket.happen("continue")
        await ticket.passes(HOUR)
        await until_told(ticket, 3)
        await ticket.happen("person_awaited", None, SlaPause.ANSWER)
        await ticket.happen("continue")
        await ticket.passes(HOUR)
        seen = await ticket.finish()
    assert [type(one) for one in reached(seen)] == KINDS
    assert [one.at - began for one in reached(seen)] == [75 * MINUTE, 90 * MINUTE, 100 * MINUTE]
    assert reached(seen)[-1].at == due
    assert [one.sequence for one in seen.facts] == [1, 2, 3]


async def test_without_definitions_nothing_is_asked_of_the_server(house: House) -> None:
    async with house.at_work():
        ticket = await house.open()
        await ticket.happen("phase_began", Phase.CODE)
        await ticket.happen("person_awaited", Phase.CODE, SlaPause.APPROVAL)
        await ticket.passes(DAY)
        await ticket.finish()
        history = await ticket.handle.fetch_history()
    kinds = {event.event_type for event in history.events}
    assert EventType.EVENT_TYPE_TIMER_STARTED not in kinds
    assert EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED not in kinds


async def test_a_recorded_history_replays(house: House) -> None:
    timed = definition("timed", SlaKind.PHASE, HOUR, pause_on=(SlaPause.ANSWER,), calendar=OFFICE)
    async with house.at_work():
        ticket = await house.open(RESOLVED, timed)
        await ticket.happen("phase_began", Phase.CODE)
        await ticket.passes(80 * MINUTE)
        await ticket.happen("person_awaited", Phase.CODE, SlaPause.ANSWER)
        await ticket.passes(3 * DAY)
        await ticket.happen("person_answered", Phase.CODE, SlaPause.ANSWER)
        await ticket.passes(3 * DAY)
        await ticket.handle.execute_update("acknowledge", Acknowledgement(by="ann@example.org"))
        await ticket.finish()
        history = await ticket.handle.fetch_history()
    replayer = Replayer(
        workflows=[SlaHouse], workflow_runner=RUNNER, data_converter=pydantic_data_converter
    )
    await replayer.replay_workflow(history)
