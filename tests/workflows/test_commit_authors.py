"""Whoever pushed while a person was waited for did a part of the work, whoever answered."""

from typing import Any

import pytest

from contracts.agents import Answer
from contracts.approvals import Refusal
from contracts.commands import Account, IdentityProvider
from contracts.events import AgentCompleted
from contracts.identity import Role
from db.identity import Organizations, People
from db.verification import verify_ledger
from tests.workflows.endings import failure_of
from tests.workflows.office import KEY, MANAGER, SECOND_MANAGER, Handle, Office, approval, phase
from tests.workflows.people_house import audited
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, done

ANN, BOB, CAY = "ann@example.org", MANAGER, SECOND_MANAGER
HUMAN = {"kind": "human", "name": "hand", "ask": "Please write it."}
RESULT = {"name": "result"}


@pytest.fixture
async def office(office: Office) -> Office:
    """Ann, whom the upstream's commits name, is a manager too."""
    office.playbook("manual", phase("CODE", HUMAN, gate=RESULT))
    await joins(office, ANN)
    return office


async def joins(office: Office, email: str, *accounts: Account) -> None:
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        people = People(session, id)
        await people.ensure(email, email, Role.MANAGER)
        for account in accounts:
            await people.link(email, account)


async def pushed(office: Office, author: str = "") -> Handle:
    """Somebody pushes, Bob says that it is done, and the gate asks."""
    handle = await office.start(playbook="manual")
    assert await office.awaited() == "answer to hand"
    await push_and_answer(office, f"slipway/{KEY}", author)
    return handle


async def push_and_answer(office: Office, branch: str, author: str = "") -> None:
    git = office.upstream.git
    git("checkout", "--quiet", branch)
    office.upstream.commit(work="by hand")
    if author:
        git("commit", "--quiet", "--amend", "--no-edit", f"--author=A. N. Other <{author}>")
    git("checkout", "--quiet", "main")
    await office.tell("answer", Answer(text="done", by=BOB))


async def test_who_pushed_does_not_approve_what_another_said_was_done(office: Office) -> None:
    handle = await pushed(office)
    await office.awaits("approval result")
    assert await office.refusal("decide", approval(by=ANN)) == Refusal.OWN_WORK
    assert await office.refusal("decide", approval(by=BOB)) == Refusal.OWN_WORK
    assert await office.tell("decide", approval(by=CAY)) == "APPROVED"
    await handle.result()
    assert [one.authors for one in await office.facts(AgentCompleted)] == [(ANN,)]
    assert (ANN, Refusal.OWN_WORK) in await audited(office, "decide:APPROVE")
    assert await verify_ledger(office.stores.sessions) is None


GITHUB = Account(provider=IdentityProvider.GITHUB, external_id="7")
HOME = Account(provider=IdentityProvider.EMAIL, external_id="Dora@Home.test")


@pytest.mark.parametrize(
    ("author", "refused"),
    [
        ("Dora@Example.org", True),
        ("dora@home.test", True),
        ("7+dora@users.noreply.github.com", True),
        ("8+eve@users.noreply.github.com", False),
        ("stranger@example.org", False),
    ],
)
async def test_a_commit_names_its_author_by_any_address_that_is_known(
    office: Office, author: str, refused: bool
) -> None:
    await joins(office, "dora@example.org", GITHUB, HOME)
    handle = await pushed(office, author)
    await office.awaits("approval result")
    if refused:
        said = await office.refusal("decide", approval(by="dora@example.org"))
        assert said == Refusal.OWN_WORK
        await office.tell("decide", approval(by=CAY))
    else:
        await office.tell("decide", approval(by="dora@example.org"))
    await handle.result()


async def test_a_gate_may_let_authors_decide(office: Office) -> None:
    gate = RESULT | {"allow_author": True}
    office.playbook("manual", phase("CODE", HUMAN, gate=gate))
    handle = await pushed(office)
    await office.awaits("approval result")
    await office.tell("decide", approval(by=ANN))
    await handle.result()


async def test_who_pushed_in_an_earlier_attempt_is_remembered_in_those_that_go_on(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    write: dict[str, Any] = phase("DOCUMENT", "writer", gate=RESULT)
    office.playbook("manual", phase("CODE", HUMAN), write)
    workshop.script("writer", broken("AgentTimedOut", "took too long"), done("written"))
    await failure_of(await pushed(office))
    handle = await office.start(playbook="manual", resume=True)
    await office.awaits("approval result")
    assert await office.refusal("decide", approval(by=ANN)) == Refusal.OWN_WORK
    await office.tell("decide", approval(by=CAY))
    await handle.result()


async def test_where_nothing_was_pushed_nobody_but_who_answered_did_it(office: Office) -> None:
    handle = await office.start(playbook="manual")
    await office.awaited()
    await office.tell("answer", Answer(text="nothing to do", by=BOB))
    await office.awaits("approval result")
    assert await office.refusal("decide", approval(by=BOB)) == Refusal.OWN_WORK
    await office.tell("decide", approval(by=ANN))
    await handle.result()
    assert [one.authors for one in await office.facts(AgentCompleted)] == [()]
