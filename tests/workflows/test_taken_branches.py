"""The branch of an attempt that somebody else has written on: said before any agent is paid."""

import pytest
from sqlalchemy import text

from contracts.agents import Answer
from contracts.jira_work import Guidance
from contracts.orchestrations import OrchestrationStatus
from db.verification import verify_ledger
from tests.workflows.endings import failure_of
from tests.workflows.histories import TASK_DONE, reset_to
from tests.workflows.office import CODE, KEY, MANAGER, TESTS, Handle, Office, phase, until
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, done

BRANCH = f"slipway/{KEY}"
HUMAN = phase("CODE", {"kind": "human", "name": "hand", "ask": "Please write it."})


@pytest.fixture
def office(office: Office) -> Office:
    office.playbook("line", CODE, phase("TEST", TESTS))
    return office


def foreign_commit(office: Office, branch: str = BRANCH) -> str:
    office.upstream.git("checkout", "--quiet", "-b", branch)
    commit = office.upstream.commit(mine="I was quicker")
    office.upstream.git("checkout", "--quiet", "main")
    return commit


async def tasks_done(handle: Handle, number: int) -> list[int]:
    """The numbers of the events that say so, once there are so many."""

    async def so_many() -> list[int] | None:
        events = (await handle.fetch_history()).events
        found = [event.event_id for event in events if event.event_type == TASK_DONE]
        return found if len(found) >= number else None

    found: list[int] = await until(so_many)
    return found


@pytest.mark.parametrize("dry_run", [False, True])
async def test_foreign_commits_refuse_the_work_before_any_agent(
    office: Office, workshop: ScriptedWorkshop, dry_run: bool
) -> None:
    foreign = foreign_commit(office)
    failure = await failure_of(await office.start(playbook="line", dry_run=dry_run))
    assert failure.type == "ForeignCommitsError"
    for said in (BRANCH, foreign[:10], "by Ann <ann@example.org>: Person's work", "delete it"):
        assert said in failure.message
    assert (workshop.runs, await office.row()) == ([], None)
    assert office.upstream.git("rev-parse", BRANCH) == foreign


async def test_once_the_branch_has_another_name_the_same_attempt_begins(office: Office) -> None:
    foreign_commit(office)
    await failure_of(await office.start(playbook="line"))
    office.upstream.git("branch", "-m", BRANCH, "mine")
    outcome = await (await office.start(playbook="line")).result()
    assert (outcome.attempt, outcome.branch) == (1, BRANCH)


async def test_a_branch_at_the_base_is_free(office: Office) -> None:
    office.upstream.git("branch", BRANCH)
    outcome = await (await office.start(playbook="line")).result()
    assert outcome.status is OrchestrationStatus.COMPLETED


async def test_what_an_attempt_has_pushed_is_in_no_later_ones_way(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    pushed = foreign_commit(office)
    office.upstream.git("branch", "-m", BRANCH, "elsewhere")
    workshop.script("coder", done("coded", commit=pushed))
    workshop.script("tests", broken("NoTestCommandError", "found no tests"))
    await failure_of(await office.start(playbook="line"))
    office.upstream.git("branch", "-m", "elsewhere", BRANCH)
    await failure_of(await office.start(playbook="line", again=True))
    assert workshop.runs[-1].workplace.branch == f"{BRANCH}-2"
    office.upstream.git("branch", f"{BRANCH}-3", pushed)
    workshop.script("tests", done())
    outcome = await (await office.start(playbook="line", resume=True)).result()
    assert (outcome.branch, outcome.commit) == (f"{BRANCH}-3", pushed)


async def test_a_later_attempts_branch_may_be_taken_too(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await (await office.start(playbook="line")).result()
    foreign_commit(office, f"{BRANCH}-2")
    workshop.runs.clear()
    failure = await failure_of(await office.start(playbook="line", again=True))
    assert (failure.type, workshop.runs) == ("ForeignCommitsError", [])


async def test_a_run_that_is_reset_to_before_its_opening_finds_its_own_commits_there(
    office: Office,
) -> None:
    async with office.stores.sessions.begin() as session:
        await session.execute(text("LOCK TABLE projects"))  # Nothing can be opened meanwhile.
        old = await office.start(playbook="line")
        await tasks_done(old, 1)
        await old.signal("guide", Guidance(text="use Decimal", by=MANAGER))
        unopened = (await tasks_done(old, 2))[1]
    await old.result()
    foreign_commit(office)  # As the run itself would have pushed.
    outcome = await (await reset_to(office, old, unopened)).result()
    assert (outcome.attempt, outcome.branch) == (1, f"{BRANCH}.1")
    assert await verify_ledger(office.stores.sessions) is None


async def test_where_a_person_is_asked_first_their_work_may_be_there_already(
    office: Office,
) -> None:
    office.playbook("manual", HUMAN, phase("DOCUMENT", "writer"))
    commit = foreign_commit(office)
    handle = await office.start(playbook="manual")
    await office.awaited()
    await office.tell("answer", Answer(text="done", by=MANAGER))
    assert (await handle.result()).commit == commit


async def test_where_nobody_writes_the_branch_is_nobodys_matter(office: Office) -> None:
    reader = {"kind": "command", "name": "reader", "command": ["never-run"], "writes": False}
    office.playbook("reading", phase("EXPLORE", reader), CODE)
    foreign_commit(office)
    outcome = await (await office.start(playbook="reading", end="EXPLORE")).result()
    assert outcome.status is OrchestrationStatus.COMPLETED
