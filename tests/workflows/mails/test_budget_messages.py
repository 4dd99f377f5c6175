"""Whoever holds a budget hears by mail that work waits, again and again; else admins hear it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL
from temporalio.testing import WorkflowEnvironment

from contracts.identity import Role
from db.engine import Sessions
from db.identity import Organizations, People
from db.verification import verify_ledger
from tests.cli.teller import Teller
from tests.receivers import MailReceiver
from tests.workflows.office import (
    CODE,
    MANAGER,
    Handle,
    Office,
    phase,
    until,
)
from tests.workflows.scripted_workshop import ScriptedWorkshop
from tests.workflows.spending import capped, more, used

HOUR = timedelta(hours=1)
ADMIN, GONE = "ada@example.org", "cfo@example.org"
REACHED, NOBODY = "KEY-1: a limit is reached in CODE", "KEY-1: nobody has granted more yet in CODE"


@pytest.fixture
async def office(office: Office, workshop: ScriptedWorkshop) -> Office:
    """With an admin, and an agent that uses much."""
    workshop.script("coder", used(1_001))
    async with office.stores.sessions.begin() as session:
        organization_id = await Organizations(session).ensure(office.slug, office.slug)
        await People(session, organization_id).ensure(ADMIN, "Ada", Role.ADMIN)
    return office


async def started(office: Office, **terms: Any) -> Handle:
    office.playbook("capped", CODE, phase("DOCUMENT", "writer"), **capped(**terms))
    handle = await office.start(playbook="capped")
    await office.awaited()
    return handle


async def heard(mail: MailReceiver, *wanted: tuple[str, str]) -> None:
    """To whom and about what: these, and no others."""

    async def all_there() -> bool:
        return len(mail.mails) >= len(wanted)

    await until(all_there)
    assert [(one["To"], one["Subject"]) for one in mail.mails] == list(wanted)


def text_of(mail: MailReceiver, number: int) -> str:
    body = mail.mails[number].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def address_of(sessions: Sessions) -> str:
    url: URL = sessions.kw["bind"].url
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


async def test_who_holds_it_is_asked_and_reminded_and_then_it_comes_to_admins(
    office: Office, time: WorkflowEnvironment, mail: MailReceiver
) -> None:
    handle = await started(office, ask=MANAGER)
    asked = (MANAGER, REACHED)
    await heard(mail, asked)
    await time.sleep(17 * HOUR)
    await heard(mail, asked, asked, asked)
    assert "Why: reminder 2: 1,001 of 1,000 tokens of this work are used" in text_of(mail, 2)
    await time.sleep(8 * HOUR)
    await heard(mail, asked, asked, asked, (ADMIN, NOBODY))
    said = f"{MANAGER} did not grant more in time: admin may as well"
    assert said in text_of(mail, 3)
    assert "Grant: starter.py budget raise KEY-1" in text_of(mail, 3)
    await office.tell("raise_budget", more(by=ADMIN, tokens=500))
    await handle.result()
    assert await verify_ledger(office.stores.sessions) is None


async def test_where_nobody_holds_it_admins_hear_that_and_why_says_so(
    office: Office,
    mail: MailReceiver,
    capsys: pytest.CaptureFixture[str],
) -> None:
    handle = await started(office, ask=GONE, escalation=[])
    await heard(mail, (ADMIN, NOBODY))
    assert f"nobody is {GONE}: make somebody one" in text_of(mail, 0)
    url = address_of(office.stores.sessions)
    teller = Teller(capsys, database_url=url, slipway_organization=office.slug)
    why = (await asyncio.to_thread(teller.says, "why", "KEY-1")).out
    assert f"nobody is {GONE}: make somebody one" in why
    assert "nobody is there who may grant more" in why
    assert f"make somebody one who may: starter.py users add {GONE}" in why
    reason = await asyncio.to_thread(teller.reads, "why", "KEY-1")
    assert reason["limit"] == "1,001 of 1,000 tokens of this work are used"
    assert (reason["deciders"], reason["escalated"] is None) == ([], False)
    assert (reason["prospects"]["short"], reason["untold"]) == (1, None)
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        await People(session, id).ensure(GONE, "Cleo", Role.DEVELOPER)
    await office.tell("raise_budget", more(by=GONE, tokens=500))
    await handle.result()
    assert await verify_ledger(office.stores.sessions) is None
