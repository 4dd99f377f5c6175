"""What stands on an approval page: all that a decision needs, and nothing that runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select

from contracts.agents import AgentResult, AgentRun, AgentStatus, PlanStep, Report
from contracts.events import ApprovalGranted
from db.issue_edits import IssueEdits
from db.models import Approval, Organization
from tests.web.gate import running
from tests.workflows.approval_house import (
    Reception,
    gateway_settings,
    receiving_people,
    sealed_ground,
)
from tests.workflows.office import KEY, MANAGER, SECOND_MANAGER, TESTS, Office, phase, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'</textarea></form><form action=x>"
)
HARMLESS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "h1", "h2", "p", "b"),
    *("a", "dl", "dt", "dd", "span", "code", "section", "div", "ol", "ul", "li", "details"),
    *("summary", "pre", "form", "label", "textarea", "button"),
}


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@asynccontextmanager
async def at_gate(
    office: Office, workshop: ScriptedWorkshop, http: AsyncClient, gate: dict[str, Any]
) -> AsyncIterator[Reception]:
    """A run that has written something, and asks about it."""

    async def write(run: AgentRun) -> AgentResult:
        commit = office.upstream.commit(rounding=f"def rounded(): ...\n{HOSTILE}\n")
        step = PlanStep(does=HOSTILE, criterion="0.005 becomes 0.01", files=(HOSTILE,))
        report = Report(status="completed", summary=HOSTILE, findings=(HOSTILE,), plan=(step,))
        return AgentResult(
            status=AgentStatus.COMPLETED, report=report, commit=commit, files_changed=("rounding",)
        )

    workshop.script("writer", write)
    office.playbook("all", phase("TEST", TESTS), phase("DOCUMENT", "writer", gate=gate))
    async with worker_of(office, workshop, sealed_ground(office)):
        async with receiving_people(office, http) as reception:
            yield reception
        workshop.let_everybody_go()


async def test_a_page_says_all_that_a_decision_needs_and_runs_nothing(
    closed_office: Office, workshop: ScriptedWorkshop, http: AsyncClient
) -> None:
    gate = {"name": "docs-review", "patience": "P2D"}
    async with at_gate(closed_office, workshop, http, gate) as reception:
        handle = await reception.office.start()
        page = (await reception.get(await reception.token())).text
        await reception.office.approve()
        await handle.result()
    tags = Tags(page).seen
    assert {name for name, _ in tags} <= HARMLESS
    assert [attributes for name, attributes in tags if name == "form"] == [
        {"method": "post", "id": "decide"}
    ]
    assert not any(key.startswith("on") or key in ("src", "style") for _, a in tags for key in a)
    shown = ("KEY-1 · Round half a cent up", "docs-review", "1 day 23 hours left", "3 passed")
    for text in (*shown, "rita@example.org", "0.005 becomes 0.01", "rounding.txt", "+2 −0"):  # noqa: RUF001
        assert text in page
    assert '<span class="in">+def rounded(): ...\n</span>' in page
    assert '<span class="LOW">low</span>' in page
    assert f"Who still may: {MANAGER}, {SECOND_MANAGER}." in page


async def test_who_decides_reads_the_ticket_as_it_is_now(
    closed_office: Office, workshop: ScriptedWorkshop, http: AsyncClient
) -> None:
    secret = "ghp_" + "a1B2" * 9
    told = {"title": "Round half a cent to even", "description": f"By {secret}, as banks do."}
    async with at_gate(closed_office, workshop, http, {"name": "docs-review"}) as reception:
        handle = await reception.office.start()
        token = await reception.token()
        assert "was changed since" not in (await reception.get(token)).text
        async with closed_office.stores.sessions.begin() as session:
            await IssueEdits(session, closed_office.slug).edit(KEY, told, MANAGER)
        page = (await reception.get(token)).text
        await handle.cancel()
    assert "KEY-1 · Round half a cent to even" in page
    assert "as banks do" in page
    assert secret not in page
    assert "The ticket was changed since the work began" in page
    assert "title: “Round half a cent up” is now “Round half a cent to even”" in page
    assert '<span class="in">+By [redacted: ' in page


async def swapped_policy(office: Office, policy: dict[str, Any]) -> dict[str, Any]:
    """Of the office's only request; answers with the one that it had."""
    async with office.stores.sessions.begin() as session:
        asked = (
            await session.scalars(
                select(Approval)
                .join(Organization, Organization.id == Approval.organization_id)
                .where(Organization.slug == office.slug)
            )
        ).one()
        before, asked.policy = asked.policy, policy
        return before


async def test_a_mistake_of_ours_is_a_page_as_well(
    closed_office: Office,
    workshop: ScriptedWorkshop,
    http: AsyncClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with at_gate(closed_office, workshop, http, {"name": "docs-review"}) as reception:
        handle = await reception.office.start()
        token = await reception.token()
        before = await swapped_policy(closed_office, {})
        answer = await reception.get(token)
        # Whoever verifies the ledger after this test is to find it true.
        await swapped_policy(closed_office, before)
        await handle.terminate()
    assert (answer.status_code, "This page cannot be shown" in answer.text) == (500, True)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "a mistake of ours" in caplog.text


async def test_the_second_of_two_sees_what_the_first_has_said(
    closed_office: Office, workshop: ScriptedWorkshop, http: AsyncClient
) -> None:
    level = {"name": "peers", "approvers": [{"role": "MANAGER"}], "quorum": 2}
    gate = {"name": "docs-review", "levels": [level]}
    async with at_gate(closed_office, workshop, http, gate) as reception:
        handle = await reception.office.start()
        first, second = await reception.token(), await reception.token(SECOND_MANAGER)
        answer = await reception.post(first, "APPROVE", "reads well")
        assert "Others must agree as well" in answer.text
        page = (await reception.get(second)).text
        assert "It needs 2 of manager. 1 more must agree." in page
        assert f"Who still may: {SECOND_MANAGER}." in page
        assert f"<b>approve</b> by {MANAGER}" in page
        assert "“reads well”" in page
        assert (await reception.post(second, "APPROVE")).status_code == 200
        await handle.result()
    assert len(await reception.office.facts(ApprovalGranted)) == 2


@pytest.mark.parametrize("decision", ["APPROVE", "COMMENT"])
async def test_while_temporal_is_away_nothing_is_lost_but_time(
    closed_office: Office, workshop: ScriptedWorkshop, http: AsyncClient, decision: str
) -> None:
    async with at_gate(closed_office, workshop, http, {"name": "docs-review"}) as reception:
        handle = await reception.office.start()
        token, stores = await reception.token(), reception.office.stores
        settings = gateway_settings(reception.office)
        async with running(settings, stores.sessions, stores.redis, "127.0.0.1:1") as url:
            away = await replace(reception, url=url).post(token, decision, "fine")
        assert (away.status_code, "Just a moment" in away.text) == (503, True)
        again = await reception.post(token, decision, "fine")
        assert again.status_code == 200
        await reception.post(token, "APPROVE", "fine")
        await handle.result()
    assert len(await reception.office.facts(ApprovalGranted)) == 1
