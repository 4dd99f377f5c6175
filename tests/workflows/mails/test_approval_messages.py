"""Who is asked, reminded and escalated to at a gate hears of it by mail, over days of silence."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from temporalio.testing import WorkflowEnvironment

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.commands import Account, Decide, IdentityProvider
from contracts.delegations import Delegation
from contracts.sla import SlaKind, SlaSeverity, SlaTerms
from db.identity import Organizations
from db.models import Membership, User
from db.pending_approvals import PendingApprovals
from db.sla import ServiceLevels
from policy.comment_commands import spoken_in
from policy.decisions import misses
from tests.receivers import MailReceiver
from tests.workflows.office import (
    MANAGER,
    REQUESTER,
    SECOND_MANAGER,
    Office,
    phase,
    until,
)

HOUR = timedelta(hours=1)
LEVEL = {
    "name": "tech",
    "approvers": [{"user": MANAGER}, {"user": REQUESTER}],
    "patience": "1d",
    "remind": "8h",
    "on_timeout": "escalate",
    "escalation": [{"approvers": [{"user": SECOND_MANAGER}], "patience": "1d"}],
}


@pytest.fixture
def office(office: Office) -> Office:
    """With a gate whose level reminds and escalates."""
    office.playbook("asks", phase("PLAN", "planner", gate={"name": "plan", "levels": [LEVEL]}))
    return office


async def heard(mail: MailReceiver, count: int) -> list[tuple[str, str]]:
    """To whom and about what, once so many mails have come."""

    async def all_there() -> bool:
        return len(mail.mails) >= count

    await until(all_there)
    return [(one["To"], one["Subject"]) for one in mail.mails]


def text_of(mail: MailReceiver, number: int) -> str:
    body = mail.mails[number].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def code_in(text: str) -> str:
    found = re.search(r"comment on the ticket: (/approve [0-9a-f]+)\s", text)
    assert found is not None, text
    spoken = spoken_in(found[1])
    assert spoken is not None
    assert spoken.code is not None
    return spoken.code


async def test_whoever_is_awaited_is_asked_reminded_and_escalated_to(
    office: Office, time: WorkflowEnvironment, mail: MailReceiver
) -> None:
    await office.start(playbook="asks")
    asked = (MANAGER, "KEY-1: your approval is asked: plan")
    assert await heard(mail, 1) == [asked]
    await time.sleep(17 * HOUR)
    assert await heard(mail, 3) == [asked] * 3
    assert "Why: reminder 2: " in text_of(mail, 2)
    await time.sleep(8 * HOUR)
    last = (await heard(mail, 4))[-1]
    assert last == (SECOND_MANAGER, "KEY-1: nobody has decided yet: plan")
    assert f"{SECOND_MANAGER} may decide as well" in text_of(mail, 3)


async def test_whoever_decides_in_anothers_place_hears_of_it_too(
    office: Office, time: WorkflowEnvironment, mail: MailReceiver
) -> None:
    await office.start(playbook="asks")
    await heard(mail, 1)
    ends = await time.get_current_time() + 24 * HOUR
    await office.tell("delegate", Delegation(by=MANAGER, to=SECOND_MANAGER, until=ends))
    await time.sleep(9 * HOUR)
    reminder = "KEY-1: your approval is asked: plan"
    told = sorted((await heard(mail, 3))[1:])
    assert told == [(MANAGER, reminder), (SECOND_MANAGER, reminder)]


async def test_whoever_has_left_is_not_asked_in_anothers_place(
    office: Office, time: WorkflowEnvironment, mail: MailReceiver
) -> None:
    await office.start(playbook="asks")
    asked = await heard(mail, 1)
    ends = await time.get_current_time() + 24 * HOUR
    await office.tell("delegate", Delegation(by=MANAGER, to=SECOND_MANAGER, until=ends))
    async with office.stores.sessions.begin() as session:
        organization_id = await Organizations(session).ensure(office.slug, office.slug)
        people = select(User.id).where(User.email == SECOND_MANAGER)
        here = Membership.organization_id == organization_id
        await session.execute(delete(Membership).where(here, Membership.user_id.in_(people)))
    await time.sleep(17 * HOUR)
    assert await heard(mail, 3) == asked * 3


async def test_the_code_of_each_message_is_the_one_that_a_comment_must_quote(
    office: Office, time: WorkflowEnvironment, mail: MailReceiver
) -> None:
    await office.start(playbook="asks")
    await heard(mail, 1)
    await time.sleep(25 * HOUR)
    await heard(mail, 4)
    codes = {code_in(text_of(mail, number)) for number in range(len(mail.mails))}
    assert len(codes) == 1
    async with office.stores.sessions() as session:
        organization_id = await Organizations(session).ensure(office.slug, office.slug)
        pending = await PendingApprovals(session, organization_id).of("KEY-1")
    said = Decide(
        by=Account(provider=IdentityProvider.JIRA, external_id="1"),
        decision=DecisionKind.APPROVE,
        channel=DecisionChannel.JIRA,
        code=codes.pop(),
        at=await time.get_current_time(),
    )
    assert misses(said, pending) is None
    assert misses(said.model_copy(update={"code": "0" * 8}), pending) is not None


async def test_a_service_level_tells_whom_its_definition_names(
    office: Office, time: WorkflowEnvironment, mail: MailReceiver
) -> None:
    tell = {
        SlaSeverity.WARNING: ("requester",),
        SlaSeverity.BREACH: ("MANAGER", "boss@example.org"),
    }
    terms = {"name": "Asked", "clock": SlaKind.APPROVAL, "target": 4 * HOUR, "tell": tell}
    ageing = SlaTerms.model_validate(terms)
    async with office.stores.sessions.begin() as session:
        organization_id = await Organizations(session).ensure(office.slug, office.slug)
        await ServiceLevels(session, organization_id).ensure(ageing)
    await office.start(playbook="asks")
    await heard(mail, 1)
    await time.sleep(5 * HOUR)
    told = sorted((await heard(mail, 5))[1:])
    broken = "KEY-1: a service level is broken in PLAN"
    assert told == [
        ("boss@example.org", broken),
        (MANAGER, broken),
        (SECOND_MANAGER, broken),
        (REQUESTER, "KEY-1: a service level is in danger in PLAN"),
    ]
    assert "starter.py acknowledge KEY-1" in text_of(mail, 4)
