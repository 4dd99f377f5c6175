"""Answers that get lost between an approval page and its run: nothing is, and nothing doubles."""

from dataclasses import dataclass

import pytest
from httpx2 import AsyncClient
from pydantic import BaseModel

from activities.approvals import NO_SEALS
from clients.temporal.orchestrations import OrchestrationWorkflows
from contracts.approval_links import ApprovalLink
from contracts.approvals import DecisionKind
from contracts.events import ApprovalGranted, GuidanceGiven
from contracts.jira_work import Guidance
from db.approval_links import ApprovalLinks, Caller
from policy.approval_links import token_hash
from tests.workflows.approval_house import MANY, Reception, receiving_people, sealed_ground
from tests.workflows.office import MANAGER, SECOND_MANAGER, Office, phase, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop
from web.deciding import Deciding

NOBODY = Caller(None, "")
REMARK = "mind the tests"


class Cut(OrchestrationWorkflows):
    """Its answers get lost."""

    async def signal(self, issue_key: str, name: str, message: BaseModel) -> None:
        await super().signal(issue_key, name, message)
        raise TimeoutError


@dataclass(frozen=True)
class Gateway:
    """As much of one as hears people; it may be cut off from its servers."""

    reception: Reception

    def deciding(self, work: type[OrchestrationWorkflows]) -> Deciding:
        office = self.reception.office
        return Deciding(
            office.stores.sessions,
            lambda slug: work(office.client, slug, office.task_queue),
            NO_SEALS,
        )

    async def link(self, email: str = MANAGER) -> ApprovalLink:
        hash = token_hash(await self.reception.token(email))
        async with self.reception.office.stores.sessions() as session:
            link = await ApprovalLinks(session).find(hash or b"")
        assert link is not None
        return link


async def heard(reception: Reception) -> list[str]:
    return [one.text for one in await reception.office.facts(GuidanceGiven)]


async def test_a_comment_whose_answer_was_lost_is_sent_again_and_heard_once(
    reception: Reception,
) -> None:
    handle = await reception.office.start()
    gateway = Gateway(reception)
    link = await gateway.link()
    with pytest.raises(TimeoutError):
        await gateway.deciding(Cut).remark(link, REMARK, NOBODY)
    answer = await gateway.deciding(OrchestrationWorkflows).remark(link, REMARK, NOBODY)
    assert answer.status == 200
    await reception.office.approve()
    await handle.result()
    assert await heard(reception) == [REMARK]
    assert len(await reception.audits("approval_page:COMMENT")) == 1


async def test_a_comment_reaches_the_run_before_it_is_on_record(reception: Reception) -> None:
    """A gateway that dies in between has lost nothing, then."""
    handle = await reception.office.start()
    gateway = Gateway(reception)
    link = await gateway.link()
    with pytest.raises(TimeoutError):
        await gateway.deciding(Cut).remark(link, REMARK, NOBODY)
    assert await reception.audits("approval_page:COMMENT") == []
    await reception.office.approve()
    await handle.result()
    assert await heard(reception) == [REMARK]


async def test_a_decision_whose_answer_was_lost_is_told_as_it_stands(
    reception: Reception,
) -> None:
    """Sent again in other words, by a link that looks unused still."""
    level = {"name": "peers", "approvers": [{"role": "MANAGER"}], "quorum": 2}
    gate = {"name": "plan", "levels": [level]}
    reception.office.playbook("two", phase("PLAN", "planner", gate=gate))
    handle = await reception.office.start(playbook="two")
    gateway = Gateway(reception)
    first, second = await gateway.link(), await gateway.link(SECOND_MANAGER)
    deciding = gateway.deciding(OrchestrationWorkflows)
    said: list[tuple[int, bool]] = []
    for link in (first, first, second):
        comment = f"fine, {len(said)}"
        notice = await deciding.decide(link, DecisionKind.APPROVE, comment, NOBODY)
        said.append((notice.status, "Others must agree as well" in notice.meaning))
    await handle.result()
    assert said == [(200, True), (200, True), (200, False)]
    assert len(await reception.office.facts(ApprovalGranted)) == 2


async def test_two_people_may_say_the_same(reception: Reception) -> None:
    handle = await reception.office.start()
    gateway = Gateway(reception)
    for email in (MANAGER, SECOND_MANAGER):
        link = await gateway.link(email)
        await gateway.deciding(OrchestrationWorkflows).remark(link, REMARK, NOBODY)
    await reception.office.approve()
    await handle.result()
    assert await heard(reception) == [REMARK] * 2


async def test_guidance_without_a_name_is_heard_as_often_as_it_is_given(
    reception: Reception,
) -> None:
    handle = await reception.office.start()
    await reception.office.awaited()
    for once in ("", "", "one", "one", "two"):
        guidance = Guidance(text=REMARK, by=MANAGER, once=once)
        await reception.office.work.signal("KEY-1", "guide", guidance)
    await reception.office.approve()
    await handle.result()
    assert await heard(reception) == [REMARK] * 4


async def test_what_one_link_sends_is_bounded_and_locks_out_nobody_else(
    closed_office: Office, workshop: ScriptedWorkshop, http: AsyncClient
) -> None:
    office = closed_office
    limits = {"slipway_limits": {**MANY, "approval_link": "2/15m"}}
    async with (
        worker_of(office, workshop, sealed_ground(office)),
        receiving_people(office, http, **limits) as reception,
    ):
        handle = await office.start()
        token, other = await reception.token(), await reception.token(SECOND_MANAGER)
        said = [await reception.post(token, "COMMENT", f"remark {n}") for n in range(3)]
        assert [answer.status_code for answer in said] == [200, 200, 429]
        assert "by this link, came more than anybody needs" in said[2].text
        assert (await reception.get(token)).status_code == 200
        assert (await reception.post(other, "APPROVE")).status_code == 200
        workshop.let_everybody_go()
        await handle.result()
