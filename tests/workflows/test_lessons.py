"""Nobody learns from work in which nobody was there to change anything."""

import pytest
from sqlalchemy import func, select

from contracts.orchestrations import OrchestrationStatus
from db.models import TaskOutcome
from db.patterns import Patterns
from db.verification import verify_ledger
from tests.workflows.endings import failure_of
from tests.workflows.office import CODE, TESTS, Office, phase
from tests.workflows.scripted_workshop import ScriptedWorkshop, ran_tests


@pytest.fixture
def office(office: Office) -> Office:
    unmanned = (phase("EXPLORE", "explorer"), phase("CODE"), phase("TEST", TESTS), phase("FIX"))
    office.playbook("unmanned", *unmanned, repair_rounds=1, on_limit="end")
    office.playbook("manned", CODE, phase("TEST", TESTS))
    office.playbook("repaired", phase("CODE"), phase("TEST", TESTS), phase("FIX", "fixer"))
    office.playbook("texts", phase("EXPLORE", "explorer"), phase("DOCUMENT", "writer"))
    return office


async def lessons(office: Office) -> tuple[int, int]:
    """How many outcomes there are, and how many uses of patterns."""
    async with office.stores.sessions() as session:
        row = await office.row()
        assert row is not None
        mine = TaskOutcome.organization_id == row.organization_id
        outcomes = await session.scalar(select(func.count()).where(mine).select_from(TaskOutcome))
        patterns = await Patterns(session, row.organization_id).all()
    return outcomes or 0, sum(one.usage_count for one in patterns)


async def test_work_that_nobody_was_named_for_is_completed_and_no_lesson(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    outcome = await (await office.start(playbook="unmanned")).result()
    assert outcome.status is OrchestrationStatus.COMPLETED
    assert await lessons(office) == (0, 0)
    await (await office.start("KEY-2", playbook="unmanned")).result()
    assert workshop.runs[-1].similar == ()
    assert await verify_ledger(office.stores.sessions) is None


async def test_nor_is_it_when_its_tests_stay_red(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("tests", ran_tests(0, "a"))
    await failure_of(await office.start(playbook="unmanned"))
    assert await lessons(office) == (0, 0)


@pytest.mark.parametrize("playbook", ["manned", "texts"])
async def test_work_with_its_agents_is_a_lesson(office: Office, playbook: str) -> None:
    await (await office.start(playbook=playbook)).result()
    assert await lessons(office) == (1, 1)


@pytest.mark.parametrize(("red_first", "taught"), [(False, 0), (True, 1)])
async def test_where_only_fix_has_an_agent_it_is_a_lesson_if_that_worked(
    office: Office, workshop: ScriptedWorkshop, red_first: bool, taught: int
) -> None:
    runs = [ran_tests(0, "a"), ran_tests(1)] if red_first else [ran_tests(1)]
    workshop.script("tests", *runs)
    await (await office.start(playbook="repaired")).result()
    assert await lessons(office) == (taught, taught)


async def test_a_phase_that_was_left_out_on_purpose_takes_no_lesson_away(office: Office) -> None:
    await (await office.start(playbook="unmanned", skip=["CODE", "FIX"])).result()
    assert await lessons(office) == (1, 1)


async def test_what_is_resumed_behind_a_code_that_nobody_worked_is_no_lesson(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("tests", ran_tests(0, "a"))
    await failure_of(await office.start(playbook="unmanned"))
    workshop.script("tests", ran_tests(1))
    await (await office.start(playbook=None, resume=True, resume_after="CODE")).result()
    assert await lessons(office) == (0, 0)
