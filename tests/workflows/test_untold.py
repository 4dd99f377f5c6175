"""That nobody was told of what a run waits for, or that every message on it was lost."""

import pytest
from sqlalchemy import update
from temporalio.exceptions import CancelledError

from cli.obstacles import obstacles
from contracts.ledger import ChainedEvent
from contracts.notifications import Channel, NotificationStatus
from db.identity import Organizations
from db.models import Notification
from db.notifications import Addressee, Content, Notifications
from policy.asking_messages import fact_key
from policy.notifications import fallback_key, known_by
from tests.workflows.endings import ending_of
from tests.workflows.office import CODE, MANAGER, Handle, Office, phase
from tests.workflows.onlooker import story
from tests.workflows.scripted_workshop import ScriptedWorkshop, blocked
from tests.workflows.spending import capped, used

LOST = "nobody could be told: every message on this was lost, the last by email"
PENDING, BOUNCED = NotificationStatus.PENDING, NotificationStatus.BOUNCED
PLAN = phase("PLAN", "planner", gate={"name": "plan"})


@pytest.fixture
async def office(office: Office, workshop: ScriptedWorkshop) -> Office:
    """Whose worker has nothing to tell people by."""
    office.playbook("gate", PLAN)
    office.playbook("question", phase("EXPLORE", "asker"))
    office.playbook("limit", CODE, phase("DOCUMENT", "writer"), **capped())
    workshop.script("asker", blocked("Up or down?"))
    workshop.script("coder", used(1_001))
    return office


async def begin(office: Office, playbook: str) -> Handle:
    handle = await office.start(playbook=playbook)
    await office.awaited()
    return handle


async def end(office: Office, handle: Handle) -> None:
    await handle.cancel()
    assert await ending_of(handle) is CancelledError
    assert (await story(office)).untold is None


async def fact(office: Office, kind: str) -> ChainedEvent:
    return [one for one in await office.ledger() if one.event.type == kind][-1]


async def message(
    office: Office, about: ChainedEvent, status: NotificationStatus, *, instead: bool = False
) -> None:
    """As a worker leaves it that has told somebody of this fact; `instead` of a lost one."""
    row = await office.row()
    assert row is not None
    key = known_by((office.slug, fact_key(row.id, about)), Channel.EMAIL, MANAGER)
    async with office.stores.sessions.begin() as session:
        organization = await Organizations(session).ensure(office.slug, office.slug)
        content = Content(organization, about.event.type, "KEY-1", "s", "b", None, row.id, None)
        own = str(fallback_key(key)) if instead else key
        recipient = "elsewhere@example.org" if instead else MANAGER
        to = Addressee(Channel.EMAIL, recipient, None, False, own, None)
        await Notifications(session).add(content, [to])
        changed = update(Notification).where(Notification.dedupe_key == own)
        error = "no such mailbox" if status is BOUNCED else None
        await session.execute(changed.values(status=status, error=error))


@pytest.mark.parametrize(
    ("playbook", "asked"),
    [("gate", "ApprovalRequested"), ("question", "QuestionAsked"), ("limit", "BudgetExceeded")],
)
async def test_it_is_said_of_each_kind_until_a_message_may_arrive(
    office: Office, playbook: str, asked: str
) -> None:
    handle = await begin(office, playbook)
    seen = await story(office)
    assert str(seen.untold).startswith("nobody was told: the worker has no mail or Slack set up, ")
    assert f"no route for {asked} leads there (starter.py notifications routes" in str(seen.untold)
    assert seen.untold in list(obstacles(seen, whole=False))
    await message(office, await fact(office, asked), BOUNCED)
    lost = str((await story(office)).untold)
    assert lost.startswith(f"{LOST} (no such mailbox). See starter.py notifications --failed")
    await message(office, await fact(office, asked), PENDING, instead=True)
    assert (await story(office)).untold is None
    await end(office, handle)


async def test_who_heard_that_an_agent_is_blocked_has_heard_the_question(office: Office) -> None:
    handle = await begin(office, "question")
    await message(office, await fact(office, "AgentBlocked"), PENDING)
    assert (await story(office)).untold is None
    await end(office, handle)


@pytest.mark.parametrize("playbook", ["gate", "question", "limit"])
async def test_what_was_told_of_something_else_does_not_count(
    office: Office, playbook: str
) -> None:
    handle = await begin(office, playbook)
    await message(office, await fact(office, "PhaseStarted"), PENDING)
    assert "nobody was told" in str((await story(office)).untold)
    await end(office, handle)
