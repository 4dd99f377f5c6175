"""Who may still decide at an open gate, as `why` and `status` look it up beside a running work."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from temporalio.exceptions import CancelledError

from cli.awaiting import looked_up
from cli.context import Desk
from cli.hurdles import standing_of
from cli.obstacles import obstacles
from cli.story import Story, story_of
from contracts.approvals import Refusal
from contracts.jira_work import Pause, Resume
from contracts.notifications import Channel, NotificationStatus
from contracts.prospects import Prospects
from db.identity import Organizations
from db.ids import new_id
from db.models import Notification
from db.notifications import Addressee, Content, Notifications
from db.prospects import RequestProspects
from settings import Settings
from stack.addresses import Addresses
from tests.workflows.office import (
    KEY,
    MANAGER,
    REQUESTER,
    SECOND_MANAGER,
    Handle,
    Office,
    approval,
    ending_of,
    phase,
)
from tests.workflows.people_house import ADMIN, DEVELOPER, GONE, lends, said, settle

LEAD = {"team_role": "lead", "team": "core"}


def gate(*levels: list[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    named = [{"name": f"level-{n}", "approvers": one} for n, one in enumerate(levels, 1)]
    return phase("PLAN", "planner", gate={"name": "plan", "levels": named, **rest})


@pytest.fixture
async def office(office: Office) -> Office:
    await settle(office)
    office.playbook("pool", gate([LEAD], [LEAD]))
    office.playbook("one-each", gate([LEAD], [{"role": "MANAGER"}]))
    office.playbook("admins", gate([{"role": "ADMIN"}]))
    return office


async def begin(office: Office, playbook: str, **rest: Any) -> Handle:
    handle = await office.start(playbook=playbook, **rest)
    await office.awaited()
    return handle


async def end(office: Office, handle: Handle) -> None:
    await handle.cancel()
    assert await ending_of(handle) is CancelledError


def desk_of(office: Office) -> Desk:
    url = office.client.service_client.config.target_host
    settings = Settings(
        _env_file=None,
        slipway_organization=office.slug,
        slipway_task_queue=office.task_queue,
        temporal_address=url,
    )
    addresses = Addresses(temporal=url, database_url="", redis_url="", ui=None)
    return Desk(settings, {}, addresses, office.stores.sessions)


async def story(office: Office) -> Story:
    row = await office.row()
    assert row is not None
    return await looked_up(desk_of(office), story_of(row, await office.ledger()))


async def pause_of(office: Office) -> Pause | None:
    return (await standing_of(desk_of(office), KEY)).pause


async def prospects(office: Office) -> Prospects:
    found = (await story(office)).prospects
    assert found is not None
    return found


async def test_a_pool_that_is_used_up_is_known_as_soon_as_the_level_is_asked(
    office: Office,
) -> None:
    handle = await begin(office, "pool")
    assert (await prospects(office)).may == (DEVELOPER,)
    assert await said(office, approval(by=DEVELOPER)) == "PENDING"
    found = await prospects(office)
    assert (found.may, found.short) == ((), 1)
    assert await said(office, approval(by=DEVELOPER)) == Refusal.FOUR_EYES
    lines = list(obstacles(await story(office), whole=True))
    assert lines[:3] == [
        "nobody is left who may decide",
        f"  {DEVELOPER} decided at another level; this one needs other eyes",
        "  name somebody else: starter.py teams members core EMAIL --role lead",
    ]
    assert next(obstacles(await story(office), whole=False)) == (
        "nobody is left who may decide; starter.py why KEY-1 says why, and what to do"
    )
    await end(office, handle)


async def test_those_who_may_are_those_whom_the_gate_hears(office: Office) -> None:
    handle = await begin(office, "one-each", requested_by=MANAGER)
    await said(office, approval(by=DEVELOPER))
    found = await prospects(office)
    assert found.may == (SECOND_MANAGER,)
    assert [one.email for one in found.barred] == [MANAGER]
    assert await said(office, approval(by=MANAGER)) == Refusal.OWN_WORK
    await office.tell("delegate", lends(SECOND_MANAGER, ADMIN))
    assert (await prospects(office)).may == (SECOND_MANAGER, ADMIN)
    assert await said(office, approval(by=ADMIN)) == "APPROVED"
    await handle.result()
    assert (await story(office)).prospects is None


async def test_who_is_not_active_any_more_stands_among_the_reasons(office: Office) -> None:
    handle = await begin(office, "admins")
    found = await prospects(office)
    assert (found.may, [one.why for one in found.barred]) == (
        (ADMIN,),
        [f"{GONE} is not active any more"],
    )
    await end(office, handle)


async def test_a_pause_that_was_asked_for_is_known_while_a_gate_waits(office: Office) -> None:
    handle = await begin(office, "pool")
    assert await pause_of(office) is None
    pause = Pause(by=MANAGER, reason="lunch")
    await office.tell("pause", pause)
    assert await pause_of(office) == pause
    await office.tell("resume", Resume(by=REQUESTER))
    assert await pause_of(office) is None
    await end(office, handle)


async def test_that_nobody_was_told_is_said_until_one_message_may_arrive(office: Office) -> None:
    handle = await begin(office, "pool")
    asked = (await story(office)).asked
    assert asked is not None
    assert "no mail or Slack" in str((await story(office)).untold)
    await _message(office, asked.approval_id, NotificationStatus.BOUNCED, "no such mailbox")
    lost = str((await story(office)).untold)
    assert lost.startswith(
        "nobody could be told: every message on this was lost, the last by email"
    )
    assert "no such mailbox" in lost
    await _message(office, asked.approval_id, NotificationStatus.PENDING, None)
    assert (await story(office)).untold is None
    await end(office, handle)


async def _message(
    office: Office, about: UUID, status: NotificationStatus, error: str | None
) -> None:
    async with office.stores.sessions.begin() as session:
        organization = await Organizations(session).ensure(office.slug, office.slug)
        content = Content(organization, "ApprovalRequested", "KEY-1", "s", "b", None, None, about)
        key = f"{office.slug}-{new_id()}"
        to = Addressee(Channel.EMAIL, DEVELOPER, None, False, key, None)
        await Notifications(session).add(content, [to])
        row = update(Notification).where(Notification.dedupe_key == key)
        await session.execute(row.values(status=status, error=error))


async def test_what_is_not_asked_any_more_has_no_prospects(office: Office) -> None:
    async with office.stores.sessions() as session:
        assert await RequestProspects(session, office.slug).of(new_id()) is None
