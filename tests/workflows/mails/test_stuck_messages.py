"""A request that nobody may decide is no secret: whoever can do something about it hears of it."""

from temporalio.exceptions import CancelledError

from tests.receivers import MailReceiver
from tests.workflows.office import MANAGER, REQUESTER, Office, approval, ending_of, phase, until
from tests.workflows.people_house import ADMIN, settle

BOSS = {"approvers": [{"user": MANAGER}]}


def body(mail: MailReceiver, to: str) -> str:
    found = [one.get_body(("plain",)) for one in mail.mails if one["To"] == to]
    assert found[-1] is not None
    return str(found[-1].get_content())


async def test_a_level_that_is_asked_of_who_decided_already_tells_requester_and_admins(
    office: Office, mail: MailReceiver
) -> None:
    await settle(office)
    levels = [{"name": "first", **BOSS}, {"name": "second", **BOSS}]
    office.playbook("twice", phase("PLAN", "planner", gate={"name": "plan", "levels": levels}))
    handle = await office.start(playbook="twice")
    await office.awaited()
    await office.tell("decide", approval(by=MANAGER))

    async def all_there() -> bool:
        return len(mail.mails) >= 3

    await until(all_there)
    stuck = "KEY-1: too few may decide, so it waits in vain: plan"
    assert {(one["To"], one["Subject"]) for one in mail.mails} == {
        (MANAGER, "KEY-1: your approval is asked: plan"),
        (REQUESTER, stuck),
        (ADMIN, stuck),
    }
    said = body(mail, ADMIN)
    assert "nobody is left who may decide:" in said
    assert f"{MANAGER} decided at another level; this one needs other eyes" in said
    assert "starter.py project approvals KEY --gate plan" in said
    await handle.cancel()
    assert await ending_of(handle) is CancelledError
