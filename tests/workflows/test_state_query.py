"""The query `state` says what `starter.py status` shows, which is read from Postgres."""

import pytest
from temporalio.client import WorkflowFailureError

from contracts.agents import Answer
from contracts.jira_work import Pause, Resume
from contracts.stories import WorkState
from tests.workflows.office import CODE, MANAGER, PLAN, TESTS, Office, changes, phase
from tests.workflows.onlooker import story
from tests.workflows.scripted_workshop import ScriptedWorkshop, blocked, broken, done

# Only the run knows of a pause that was asked for and has not begun.
SHOWN = set(WorkState.model_fields) - {"pause"}


async def told(office: Office) -> WorkState:
    """By the query, which says what is shown."""
    state, shown = await office.state(), await story(office)
    assert state.model_dump(include=SHOWN) == shown.model_dump(include=SHOWN)
    return state


async def test_the_query_says_all_that_is_shown_of_a_run(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("some", PLAN, CODE, phase("TEST", TESTS), phase("DOCUMENT"))
    workshop.script("coder", blocked("Up or down?"), done("rounded"))
    handle = await office.start(playbook="some")
    await office.awaits("approval plan")
    assert (await told(office)).asked is not None
    await office.tell("decide", changes("smaller"))
    await office.awaits("approval plan")
    first, second = (await told(office)).phases
    assert (first.standing, first.note) == ("SENT_BACK", f"sent back by {MANAGER}: smaller")
    assert (second.standing, second.round) == ("RUNNING", 2)

    await office.tell("pause", Pause(by=MANAGER, reason="lunch"))
    await office.approve()
    await office.awaits("resume")
    assert (await told(office)).pause == Pause(by=MANAGER, reason="lunch")

    await office.tell("resume", Resume(by=MANAGER))
    await office.awaits("answer to coder")
    question = (await told(office)).question
    assert question is not None
    assert question.text == "Up or down?"

    await office.tell("answer", Answer(text="up", by=MANAGER))
    await handle.result()
    over = await told(office)
    assert (over.status, over.completed_at is not None, len(over.tests)) == ("COMPLETED", True, 1)


async def test_the_query_says_why_a_run_has_failed(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("short", CODE)
    workshop.script("coder", broken("DiskFull", "no disk left"))
    handle = await office.start(playbook="short")
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert "no disk left" in str((await told(office)).failure)
