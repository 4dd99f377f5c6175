"""Clocks of service levels, and the people they wait for and are told to."""

from uuid import uuid4

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from contracts.events import SlaAcknowledged
from contracts.phases import Phase
from contracts.sla import (
    Acknowledgement,
    SlaKind,
    SlaPause,
    SlaSeverity,
)
from tests.workflows.sla_house import (
    House,
    Ticket,
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


@pytest.fixture
def house(environment: WorkflowEnvironment) -> House:
    return House(environment, f"house-{uuid4()}")


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
