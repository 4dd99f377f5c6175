"""Clocks of service levels, over hours and days that the server skips."""

from collections.abc import AsyncIterator
from datetime import time, timedelta
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowUpdateFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from contracts.events import SlaAcknowledged, SlaCritical, SlaViolated, SlaWarned
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
from tests.workflows.sla_house import (
    RUNNER,
    House,
    Seen,
    SlaHouse,
    Ticket,
    definition,
    time_skipping,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KINDS = [SlaWarned, SlaCritical, SlaViolated]
RESOLVED = definition("resolved", SlaKind.RESOLUTION, 100 * MINUTE)
OFFICE = BusinessCalendar(
    name="office",
    time_zone="Europe/Berlin",
    hours=dict.fromkeys(tuple(Weekday)[:5], (OpeningHours(opens=time(9), closes=time(17)),)),
)


@pytest.fixture(scope="module")
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with time_skipping() as environment:
        yield environment


@pytest.fixture
def house(environment: WorkflowEnvironment) -> House:
    return House(environment, f"house-{uuid4()}")


def told(seen: Seen) -> list[tuple[str, str, Phase | None]]:
    events = [(one.event, one.phase) for one in seen.facts]
    return [
        (event.type, event.sla, phase)
        for event, phase in events
        if isinstance(event, SlaWarned | SlaCritical | SlaViolated | SlaAcknowledged)
    ]


def reached(seen: Seen) -> list[SlaWarned | SlaCritical | SlaViolated]:
    events = (one.event for one in seen.facts)
    return [one for one in events if isinstance(one, SlaWarned | SlaCritical | SlaViolated)]


async def until_told(ticket: Ticket, count: int) -> None:
    """Time does not move while this looks."""
    while len((await ticket.seen()).facts) < count:
        await ticket.passes(timedelta(milliseconds=1))


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


TELL = {SlaSeverity.CRITICAL: ("lead",), SlaSeverity.BREACH: ("lead", "boss")}


async def test_what_ends_in_time_is_not_broken(house: House) -> None:
    async with house.at_work():
        ticket = await house.open(RESOLVED)
        await ticket.passes(80 * MINUTE)
        seen = await ticket.finish()
    assert told(seen) == [("SlaWarned", "resolved", None)]


@pytest.mark.parametrize("pause", list(SlaPause))
async def test_a_pause_moves_the_deadline_by_exactly_its_length(
    house: House, pause: SlaPause
) -> None:
    async with house.at_work():
        ticket = await house.open(RESOLVED.model_copy(update={"pause_on": (pause,)}))
        before = await ticket.due_at()
        await ticket.passes(80 * MINUTE)
        await ticket.happen("person_awaited", Phase.PLAN, pause)
        await ticket.passes(30 * DAY)
        assert (await ticket.seen()).due is None
        await ticket.happen("person_answered", Phase.PLAN, pause)
        after = await ticket.due_at()
        await ticket.passes(HOUR)
        seen = await ticket.finish()
    _, awaited, answered, _ = seen.moments
    assert after - before == answered - awaited > 29 * DAY
    assert [type(one) for one in reached(seen)] == KINDS
    assert reached(seen)[-1].at == after


async def test_whoever_a_definition_does_not_name_pauses_nothing(house: House) -> None:
    async with house.at_work():
        ticket = await house.open(RESOLVED.model_copy(update={"pause_on": (SlaPause.REST,)}))
        await ticket.happen("person_awaited", Phase.PLAN, SlaPause.ANSWER)
        await ticket.passes(2 * HOUR)
        assert len(reached(await ticket.finish())) == 3


async def test_a_clock_waits_until_the_last_of_several_people_answered(house: House) -> None:
    paused = RESOLVED.model_copy(update={"pause_on": (SlaPause.ANSWER, SlaPause.REST)})
    async with house.at_work():
        ticket = await house.open(paused)
        before = await ticket.due_at()
        for pause in (SlaPause.ANSWER, SlaPause.ANSWER, SlaPause.REST):
            await ticket.happen("person_awaited", None, pause)
        for pause in (SlaPause.ANSWER, SlaPause.REST, SlaPause.ANSWER):
            await ticket.passes(5 * HOUR)
            assert (await ticket.seen()).due is None
            await ticket.happen("person_answered", None, pause)
        after = await ticket.due_at()
        seen = await ticket.finish()
    assert after - before == seen.moments[6] - seen.moments[1]
    assert told(seen) == []


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


async def test_the_first_response_is_given_when_a_phase_ends_or_somebody_is_asked(
    house: House,
) -> None:
    first = definition("first", SlaKind.FIRST_RESPONSE, HOUR)
    answers = (("phase_ended", None), ("person_awaited", SlaPause.APPROVAL))
    async with house.at_work():
        for what, pause in answers:
            ticket = await house.open(first)
            await ticket.happen("phase_began", Phase.EXPLORE)
            await ticket.due_at()
            await ticket.happen(what, Phase.EXPLORE, pause)
            await ticket.passes(5 * HOUR)
            assert told(await ticket.finish()) == []
        ticket = await house.open(first)
        await ticket.happen("person_awaited", None, SlaPause.REST)
        await ticket.passes(5 * HOUR)
        assert len(told(await ticket.finish())) == 3


async def test_each_approval_has_its_own_age_and_each_severity_is_told_once(
    house: House,
) -> None:
    ageing = definition("ageing", SlaKind.APPROVAL, 100 * MINUTE)
    async with house.at_work():
        ticket = await house.open(ageing)
        for waited in (80, 80, 95, 99):
            await ticket.happen("person_awaited", Phase.PLAN, SlaPause.APPROVAL)
            await ticket.passes(waited * MINUTE)
            await ticket.happen("person_answered", Phase.PLAN, SlaPause.APPROVAL)
            await ticket.passes(DAY)
        seen = await ticket.finish()
    assert told(seen) == [
        ("SlaWarned", "ageing", Phase.PLAN),
        ("SlaCritical", "ageing", Phase.PLAN),
    ]


async def refusal(ticket: Ticket, acknowledgement: Acknowledgement) -> str | None:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await ticket.handle.execute_update("acknowledge", acknowledgement)
    assert isinstance(refused.value.cause, ApplicationError)
    return refused.value.cause.type


async def test_somebody_acknowledges_what_was_told_and_nobody_does_it_twice(
    house: House,
) -> None:
    ann = Acknowledgement(by="ann@example.org", sla="resolved", comment="on it")
    later = definition("later", SlaKind.RESOLUTION, 99 * HOUR)
    async with house.at_work():
        ticket = await house.open(RESOLVED, later)
        await ticket.due_at()
        assert await refusal(ticket, ann) == "NOTHING_TO_ACKNOWLEDGE"
        await ticket.passes(80 * MINUTE)
        await until_told(ticket, 1)
        assert await ticket.handle.execute_update("acknowledge", ann) == "resolved WARNING"
        assert await refusal(ticket, ann) == "ALREADY_ACKNOWLEDGED"
        await ticket.passes(30 * MINUTE)
        await until_told(ticket, 4)
        others = ann.model_copy(update={"sla": "later"})
        assert await refusal(ticket, others) == "NOTHING_TO_ACKNOWLEDGE"
        everything = Acknowledgement(by="bob@example.org")
        said = await ticket.handle.execute_update("acknowledge", everything)
        assert said == "resolved CRITICAL, resolved BREACH"
        seen = await ticket.finish()
    by = [
        (one.actor.id, one.event.severity, one.event.comment)
        for one in seen.facts
        if isinstance(one.event, SlaAcknowledged)
    ]
    assert by == [
        ("ann@example.org", SlaSeverity.WARNING, "on it"),
        ("bob@example.org", SlaSeverity.CRITICAL, ""),
        ("bob@example.org", SlaSeverity.BREACH, ""),
    ]
    assert seen.details[-1].endswith("UTC, acknowledged")


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
