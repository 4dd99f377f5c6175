"""A request that nobody may decide is no secret: whoever can do something about it hears of it."""

from sqlalchemy import func, select
from temporalio.testing import ActivityEnvironment

from activities.announcements import Announcer
from activities.notifications import NotificationActivities
from clients.temporal.notifications import NotificationWorkflows
from contracts.ledger import Batch
from db.models import Notification
from policy.limits import DEFAULTS
from policy.redaction import Redaction
from tests.receivers import MailReceiver
from tests.workflows.mails.endings import end
from tests.workflows.office import MANAGER, REQUESTER, Office, approval, phase, until
from tests.workflows.people_house import ADMIN, settle

BOSS = {"approvers": [{"user": MANAGER}]}
STUCK = "KEY-1: too few may decide, so it waits in vain: plan"
TOLD = {(MANAGER, "KEY-1: your approval is asked: plan"), (REQUESTER, STUCK), (ADMIN, STUCK)}


def body(mail: MailReceiver, to: str) -> str:
    found = [one.get_body(("plain",)) for one in mail.mails if one["To"] == to]
    assert found[-1] is not None
    return str(found[-1].get_content())


async def has_said(mail: MailReceiver, number: int) -> None:
    async def all_there() -> bool:
        return len(mail.mails) >= number

    await until(all_there)


async def told_again(office: Office) -> int:
    """As by a try that goes on where one before has died, when more has happened meanwhile. How
    many messages there are on record by then."""
    row = await office.row()
    assert row is not None
    events = tuple(await office.ledger())
    batch = Batch(organization_id=row.organization_id, orchestration_id=row.id, events=events)
    sessions, deliveries = office.stores.sessions, NotificationWorkflows(office.client, "nowhere")
    asking = NotificationActivities(sessions, deliveries, DEFAULTS["notifications"], Redaction([]))
    await ActivityEnvironment().run(Announcer(sessions, asking, mail=True).announce, batch)
    ours = Notification.organization_id == row.organization_id
    async with sessions() as session:
        number: int = await session.scalar(select(func.count()).where(ours)) or 0
        return number


async def test_a_level_that_is_asked_of_who_decided_already_tells_requester_and_admins(
    office: Office, mail: MailReceiver
) -> None:
    await settle(office)
    levels = [{"name": "first", **BOSS}, {"name": "second", **BOSS}]
    office.playbook("twice", phase("PLAN", "planner", gate={"name": "plan", "levels": levels}))
    handle = await office.start(playbook="twice")
    await office.awaited()
    await has_said(mail, 1)
    await office.tell("decide", approval(by=MANAGER))
    await has_said(mail, 3)
    assert {(one["To"], one["Subject"]) for one in mail.mails} == TOLD
    said = body(mail, ADMIN)
    assert "nobody is left who may decide:" in said
    assert f"{MANAGER} decided at another level; this one needs other eyes" in said
    assert "starter.py project approvals KEY --gate plan" in said
    assert await told_again(office) == len(TOLD)
    await end(handle)
