"""Who may still decide, answer or grant more, as `why` and `status` look it up beside a run."""

from typing import Any

import pytest
from temporalio.exceptions import CancelledError

from cli.hurdles import standing_of
from cli.obstacles import obstacles
from contracts.approvals import Refusal
from contracts.jira_work import Pause, Resume
from contracts.prospects import Prospects
from db.ids import new_id
from db.prospects import RequestProspects
from tests.workflows.endings import ending_of
from tests.workflows.office import (
    CODE,
    KEY,
    MANAGER,
    REQUESTER,
    SECOND_MANAGER,
    Handle,
    Office,
    approval,
    phase,
)
from tests.workflows.onlooker import desk_of, story
from tests.workflows.people_house import ADMIN, DEVELOPER, GONE, lends, said, settle
from tests.workflows.scripted_workshop import ScriptedWorkshop, blocked
from tests.workflows.spending import capped, used

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


async def test_what_is_not_asked_any_more_has_no_prospects(office: Office) -> None:
    async with office.stores.sessions() as session:
        assert await RequestProspects(session, office.slug).of(new_id()) is None


async def test_who_may_answer_or_grant_more_is_looked_up_as_well(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("question", phase("EXPLORE", "asker"))
    workshop.script("asker", blocked("Up or down?"))
    handle = await begin(office, "question")
    found = await prospects(office)
    assert (found.to, found.short) == ("answer", 0)
    assert {REQUESTER, MANAGER, ADMIN, DEVELOPER} <= {*found.may}
    assert GONE not in found.may
    await end(office, handle)


@pytest.mark.parametrize(
    ("ask", "words", "advice"),
    [
        (MANAGER, "", ""),
        (GONE, "nobody is left who may grant more", "those who are asked are named one by one. "),
        (
            "cfo@example.org",
            "nobody is there who may grant more",
            "make somebody one who may: starter.py users add cfo@example.org",
        ),
    ],
)
async def test_where_nobody_holds_a_budget_it_says_what_helps(
    office: Office, workshop: ScriptedWorkshop, ask: str, words: str, advice: str
) -> None:
    limits = capped(ask=ask, escalation=[])
    office.playbook("limit", CODE, phase("DOCUMENT", "writer"), **limits)
    workshop.script("coder", used(1_001))
    handle = await begin(office, "limit")
    found = await prospects(office)
    assert (found.to, found.words, found.may) == ("grant more", words, () if words else (ask,))
    assert [one.why for one in found.barred] == [f"{GONE} is not active any more"] * (ask == GONE)
    assert found.advice.startswith(advice)
    await end(office, handle)
