"""Agents that are blocked ask; whoever knows answers, and the work goes on."""

import asyncio
from datetime import UTC, datetime

import pytest

from contracts.agents import Answer
from contracts.events import AgentBlocked, QuestionAnswered
from tests.workflows.office import CODE, MANAGER, Handle, Office, phase, until
from tests.workflows.scripted_workshop import ScriptedWorkshop, blocked, done


def answer(text: str) -> Answer:
    return Answer(text=text, by=MANAGER)


@pytest.fixture
async def handle(office: Office, workshop: ScriptedWorkshop) -> Handle:
    office.playbook("ask", CODE, phase("DOCUMENT", "writer"))
    workshop.script("coder", blocked("Up or down?"), done("rounded"))
    return await office.start(playbook="ask")


async def test_a_blocked_agent_goes_on_with_the_answer(
    office: Office, workshop: ScriptedWorkshop, handle: Handle
) -> None:
    assert await office.awaited() == "answer to coder"
    assert await office.tell("answer", answer("up")) == "Up or down?"
    await handle.result()
    first, second = workshop.runs_of("coder")
    assert first.answers == ()
    assert [(one.question, one.answer, one.answered_by) for one in second.answers] == [
        ("Up or down?", "up", MANAGER)
    ]
    assert first.step != second.step


async def test_whoever_has_answered_is_shown_as_awaited_no_more(
    office: Office, workshop: ScriptedWorkshop, handle: Handle
) -> None:
    await office.awaited()
    coder = workshop.held("coder")
    await office.tell("answer", answer("up"))
    await coder.working.wait()

    async def shown() -> bool:
        attributes = (await handle.describe()).typed_search_attributes
        return ("SlipwayAwaiting", "") in [(one.key.name, one.value) for one in attributes]

    await until(shown)
    coder.go_on.set()
    await handle.result()


async def test_question_and_answer_are_in_the_ledger(office: Office, handle: Handle) -> None:
    await office.awaited()
    assert (await office.told())[-2:] == ["AgentBlocked", "QuestionAsked"]
    await office.tell("answer", answer("up"))
    await handle.result()
    assert [one.question for one in await office.facts(AgentBlocked)] == ["Up or down?"]
    assert [one.answer for one in await office.facts(QuestionAnswered)] == ["up"]
    row = await office.row()
    assert row is not None
    assert row.tokens == 360  # Being blocked is not free.


async def test_what_was_said_before_it_was_asked_is_no_answer(
    office: Office, handle: Handle
) -> None:
    await office.awaited()
    early = answer("up").model_copy(update={"at": datetime(2020, 1, 1, tzinfo=UTC)})
    assert await office.refusal("answer", early) == "NO_QUESTION"
    late = answer("up").model_copy(update={"at": datetime(2099, 1, 1, tzinfo=UTC)})
    assert await office.tell("answer", late) == "Up or down?"
    await handle.result()


async def test_an_answer_is_only_taken_once(
    office: Office, workshop: ScriptedWorkshop, handle: Handle
) -> None:
    writer = workshop.held("writer")
    await office.awaited()
    await office.tell("answer", answer("up"))
    await writer.working.wait()
    assert await office.refusal("answer", answer("down")) == "NO_QUESTION"
    writer.go_on.set()
    await handle.result()


async def test_of_two_answers_at_once_the_second_is_refused(office: Office, handle: Handle) -> None:
    await office.awaited()
    answers = await asyncio.gather(
        office.tell("answer", answer("up")),
        office.tell("answer", answer("down")),
        return_exceptions=True,
    )
    await handle.result()
    assert "Up or down?" in answers
    assert [getattr(one, "refusal", None) for one in answers if one != "Up or down?"] == [
        "NO_QUESTION"
    ]


async def test_an_agent_may_ask_again_and_knows_all_answers(
    office: Office, workshop: ScriptedWorkshop, handle: Handle
) -> None:
    workshop.script("coder", blocked("Up or down?"), blocked("How far?"), done())
    await office.awaited()
    await office.tell("answer", answer("up"))

    async def asked_again() -> bool:
        return (await office.told()).count("QuestionAsked") == 2

    await until(asked_again)
    assert await office.tell("answer", answer("a cent")) == "How far?"
    await handle.result()
    assert [one.answer for one in workshop.runs_of("coder")[-1].answers] == ["up", "a cent"]


async def test_two_blocked_agents_are_answered_in_the_order_they_asked(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    agents = [one | {"writes": False} for one in phase("EXPLORE", "one", "two")["agents"]]
    office.playbook("pair", phase("EXPLORE", *agents, parallel=True))
    two = workshop.held("two", blocked("second?"))
    workshop.script("one", blocked("first?"), done())
    handle = await office.start(playbook="pair")
    await office.awaited()
    await two.working.wait()  # Before it has a new script.
    workshop.script("two", done())
    two.go_on.set()

    async def both_asked() -> bool:
        return (await office.told()).count("QuestionAsked") == 2

    await until(both_asked)
    said = [await office.tell("answer", answer(text)) for text in ("1", "2")]
    assert said == ["first?", "second?"]
    await handle.result()
    last = {run.agent.name: [one.answer for one in run.answers] for run in workshop.runs}
    assert "1" in last["one"]
    assert "2" in last["two"]
