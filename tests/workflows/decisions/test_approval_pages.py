"""Approval pages: what a press of a button there does to a whole run, and what does nothing."""

import asyncio
from hashlib import sha256

from httpx2 import AsyncClient
from temporalio.exceptions import CancelledError

from contracts.events import ApprovalGranted, ApprovalRejected, GuidanceGiven
from contracts.text import MAX_COMMENT
from tests.receivers import receiving_mail
from tests.workflows.approval_house import (
    Reception,
    linked,
    mailing_worker,
    receiving_people,
    route_to_people,
)
from tests.workflows.endings import ending_of
from tests.workflows.office import MANAGER, REQUESTER, SECOND_MANAGER, Office, until
from tests.workflows.scripted_workshop import ScriptedWorkshop, done


async def test_whoever_is_asked_by_mail_gets_a_link_of_their_own(
    closed_office: Office, workshop: ScriptedWorkshop, http: AsyncClient
) -> None:
    office = closed_office
    await route_to_people(office)
    async with (
        receiving_mail() as mail,
        receiving_people(office, http) as reception,
        mailing_worker(office, workshop, mail, reception.url),
    ):
        handle = await office.start()
        token, other = await linked(mail, MANAGER), await linked(mail, SECOND_MANAGER)
        assert token != other
        assert (await reception.post(token, "APPROVE")).status_code == 200
        await handle.result()
        workshop.let_everybody_go()
    for row in await reception.notifications():
        assert token not in f"{row.body} {row.provider_answer} {row.dedupe_key}"
    (granted,) = await office.facts(ApprovalGranted)
    assert granted.verified


async def test_a_press_of_the_button_decides_the_gate(reception: Reception) -> None:
    handle = await reception.office.start()
    token = await reception.token()
    answer = await reception.post(token, "APPROVE", "well done")
    assert (answer.status_code, "Approved" in answer.text) == (200, True)
    await handle.result()
    (granted,) = await reception.office.facts(ApprovalGranted)
    assert (granted.channel, granted.verified, granted.comment) == ("http", True, "well done")
    (link,) = await reception.links()
    assert (link.decision, link.used_at is not None) == ("APPROVE", True)
    assert link.token_hash == sha256(token.encode()).digest()
    (audit,) = await reception.audits("approval_page:")
    assert (audit.actor_id, audit.result, str(audit.ip_address)) == (
        MANAGER,
        "ALLOWED",
        "127.0.0.1",
    )


async def test_to_look_decides_nothing_however_often(reception: Reception) -> None:
    handle = await reception.office.start()
    token = await reception.token()
    for _ in range(3):
        assert (await reception.get(token)).status_code == 200
        preview = await reception.http.head(f"{reception.url}/approvals/{token}?decision=APPROVE")
        assert preview.status_code == 200
    (link,) = await reception.links()
    assert (link.used_at, link.refusals) == (None, 0)
    assert await reception.audits("approval_page:") == []
    await reception.post(token, "APPROVE")
    await handle.result()


async def test_a_double_click_decides_once(reception: Reception) -> None:
    handle = await reception.office.start()
    token = await reception.token()
    answers = await asyncio.gather(*(reception.post(token, "APPROVE", "fine") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    await handle.result()
    assert len(await reception.office.facts(ApprovalGranted)) == 1
    assert len(await reception.audits("approval_page:")) == 1


async def test_a_yes_and_a_no_at_once_are_one_decision(reception: Reception) -> None:
    handle = await reception.office.start()
    token = await reception.token()
    answers = await asyncio.gather(
        reception.post(token, "APPROVE"), reception.post(token, "REQUEST_CHANGES", "not yet")
    )
    counted = [answer.status_code == 200 for answer in answers]
    assert sum(counted) == 1
    if not counted[0]:
        await until(lambda: approved(reception))
    await handle.result()
    granted = await reception.office.facts(ApprovalGranted)
    rejected = await reception.office.facts(ApprovalRejected)
    assert (len(granted), len(rejected)) == (1, 0 if counted[0] else 1)


async def approved(reception: Reception) -> bool:
    """Not while the tables still show what was asked before."""
    return (await reception.post(await reception.token(), "APPROVE")).is_success


async def test_to_reject_needs_a_comment_and_the_link_stays_good(
    reception: Reception, workshop: ScriptedWorkshop
) -> None:
    workshop.script("planner", done("a plan"), done("a better plan"))
    handle = await reception.office.start()
    token = await reception.token()
    refused = await reception.post(token, "REQUEST_CHANGES", " \r\n ")
    assert (refused.status_code, "needs a comment" in refused.text) == (422, True)
    assert (await reception.post(token, "REQUEST_CHANGES", "round up")).status_code == 200
    await reception.office.approve()
    await handle.result()
    (rejected,) = await reception.office.facts(ApprovalRejected)
    assert (rejected.decision, rejected.comment) == ("REQUEST_CHANGES", "round up")


async def test_nobody_decides_on_their_own_work_by_a_link(reception: Reception) -> None:
    handle = await reception.office.start(requested_by=MANAGER)
    token = await reception.token(MANAGER)
    refused = await reception.post(token, "APPROVE", "mine & <b>good</b>")
    assert refused.status_code == 403
    assert "Somebody else must decide on your own work." in refused.text
    assert "mine &amp; &lt;b&gt;good&lt;/b&gt;" in refused.text  # What was typed is not lost.
    assert (await reception.get(token)).status_code == 200
    assert await reception.office.facts(ApprovalGranted) == []
    (audit,) = await reception.audits("approval_page:")
    assert audit.result == "OWN_WORK"
    assert (await reception.post(await reception.token(SECOND_MANAGER), "APPROVE")).is_success
    await handle.result()


async def test_who_may_not_decide_is_told_who_may(reception: Reception) -> None:
    handle = await reception.office.start(requested_by="somebody@example.org")
    refused = await reception.post(await reception.token(REQUESTER), "APPROVE")
    assert (refused.status_code, f"Who still may: {MANAGER}" in refused.text) == (403, True)
    await reception.office.approve()
    await handle.result()


async def test_a_comment_alone_decides_nothing_and_comes_once(reception: Reception) -> None:
    handle = await reception.office.start()
    token = await reception.token()
    for _ in range(2):
        answer = await reception.post(token, "COMMENT", "mind the tests")
        assert (answer.status_code, "on its way" in answer.text) == (200, True)
    assert (await reception.post(token, "APPROVE")).status_code == 200
    await handle.result()
    assert [one.text for one in await reception.office.facts(GuidanceGiven)] == ["mind the tests"]


async def test_a_used_link_says_what_was_decided(reception: Reception) -> None:
    handle = await reception.office.start()
    token = await reception.token()
    await reception.post(token, "APPROVE")
    await handle.result()
    seen, other = await reception.get(token), await reception.post(token, "REJECT", "no")
    assert (seen.status_code, other.status_code) == (410, 410)
    assert "decided on" in seen.text
    assert (await reception.post(token, "APPROVE")).status_code == 200
    assert len(await reception.office.facts(ApprovalGranted)) == 1


async def test_a_link_to_ended_work_is_no_good(reception: Reception) -> None:
    handle = await reception.office.start()
    token = await reception.token()
    await handle.cancel()
    assert await ending_of(handle) is CancelledError
    gone = await reception.post(token, "APPROVE")
    assert (gone.status_code, "It is not asked any more" in gone.text) == (410, True)


async def test_nobody_hears_what_is_said_to_a_run_that_was_killed(reception: Reception) -> None:
    handle = await reception.office.start()
    token = await reception.token()
    await handle.terminate()  # The tables still show it as running.
    for said in ("COMMENT", "APPROVE"):
        answer = await reception.post(token, said, "mind the tests")
        assert (answer.status_code, "The work has ended" in answer.text) == (410, True)
    assert await reception.audits("approval_page:COMMENT") == []


async def test_the_longest_comment_may_hold_secrets(reception: Reception) -> None:
    """What stands in their place is longer than they are."""
    handle = await reception.office.start()
    token, secret = await reception.token(), "password=hunter22\n"
    comment = (secret * MAX_COMMENT)[:MAX_COMMENT]
    assert (await reception.post(token, "COMMENT", comment)).status_code == 200
    assert (await reception.post(token, "APPROVE", comment)).status_code == 200
    await handle.result()
    (granted,) = await reception.office.facts(ApprovalGranted)
    assert "hunter" not in str(await reception.office.ledger())
    assert len(granted.comment) <= MAX_COMMENT


async def test_the_longest_comment_may_be_in_any_script(reception: Reception) -> None:
    handle = await reception.office.start()
    token, comment = await reception.token(), "\u6539" * MAX_COMMENT
    assert (await reception.post(token, "APPROVE", comment)).status_code == 200
    await handle.result()
    (granted,) = await reception.office.facts(ApprovalGranted)
    assert granted.comment == comment
