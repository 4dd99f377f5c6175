"""A ticket is told how the work on it ended, once, and goes to review when it was completed."""

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.conclusions import ConclusionActivities
from activities.local_tracker import LocalTracker
from activities.shared import SharedByAll
from activities.tickets import Tickets
from clients.git.repositories import Repositories
from clients.git.whereabouts import whereabouts
from contracts.commands import Place
from contracts.conclusions import Conclusion
from contracts.issues import Ticket
from contracts.orchestrations import OrchestrationStatus
from db.engine import Sessions
from db.git_integrations import GitIntegrations
from db.issues import Issues
from db.models import Issue, IssueComment, Status
from db.projects import Projects
from db.seeds import seed
from policy.conclusions import UNSEEN
from policy.limits import DEFAULTS
from policy.pull_requests import PullRequest
from policy.redaction import Redaction
from tests.clients.git_upstream import Upstream

COMPLETED, FAILED = OrchestrationStatus.COMPLETED, OrchestrationStatus.FAILED


@dataclass(frozen=True)
class Desk:
    sessions: Sessions
    slug: str
    id: UUID
    repositories: Repositories
    shared: SharedByAll

    async def hear(self, status: OrchestrationStatus, **rest: Any) -> None:
        told = {"attempt": 1, "branch": "slipway/KEY-1", "commit": "a" * 40, "once": "1:COMPLETED"}
        conclusion = Conclusion.model_validate(
            {"organization": self.slug, "organization_id": self.id, "issue_key": "KEY-1"}
            | {"status": status, **told, **rest}
        )
        tracker = LocalTracker(self.sessions, Redaction(()))
        tickets = Tickets(self.sessions, tracker)
        concluding = ConclusionActivities(tickets, self.repositories, self.shared)
        await ActivityEnvironment().run(concluding.conclude, conclusion)

    async def comments(self) -> list[str]:
        statement = select(IssueComment.body).where(IssueComment.organization_id == self.id)
        async with self.sessions() as session:
            return list(await session.scalars(statement.order_by(IssueComment.created_at)))

    async def status(self) -> str | None:
        statement = (
            select(Status.name)
            .join(Issue, Issue.status_id == Status.id)
            .where(Issue.organization_id == self.id, Issue.key == "KEY-1")
        )
        async with self.sessions() as session:
            return await session.scalar(statement)

    async def pull_request(self, stage: str) -> None:
        when = datetime(2026, 11, 1, tzinfo=UTC)
        place = Place.model_validate(
            {"provider": "GITHUB", "repository": "acme/shop", "branch": "slipway/KEY-1"}
            | {"number": 3}
        )
        told = PullRequest.model_validate({"number": 3, "stage": stage, "at": when})
        async with self.sessions.begin() as session:
            issue = await session.scalars(select(Issue.id).where(Issue.organization_id == self.id))
            await GitIntegrations(session, self.id).follow(issue.one(), place, told, when)


@pytest.fixture
async def desk(sessions: Sessions, redis: Redis, tmp_path: Path) -> Desk:
    slug = f"org-{uuid4().hex[:12]}"
    id = await seed(sessions, slug)
    async with sessions.begin() as session:
        project = await Projects(session, id).create("KEY", f"/{slug}")
        await Issues(session, slug).create(project.id, Ticket(key="KEY-1", title="Round"), None)
    repositories = Repositories(tmp_path / "state", {"PATH": os.environ["PATH"]})
    return Desk(sessions, slug, id, repositories, SharedByAll(redis, DEFAULTS))


async def test_completed_work_is_told_and_handed_over_to_review(desk: Desk) -> None:
    await desk.hear(COMPLETED, tests="12 passed, 0 failed")
    assert await desk.comments() == [
        "Slipway: completed (attempt 1).\n"
        "The work stands on branch slipway/KEY-1 at aaaaaaaaaa.\n"
        "Tests: 12 passed, 0 failed."
    ]
    assert await desk.status() == "In review"


async def test_what_is_told_twice_stands_once(desk: Desk) -> None:
    await desk.hear(COMPLETED)
    await desk.hear(COMPLETED)
    assert len(await desk.comments()) == 1


async def test_failed_work_says_why_and_leaves_the_ticket_where_it_is(desk: Desk) -> None:
    await desk.hear(FAILED, why="Rejected: max rejected plan: too large")
    [said] = await desk.comments()
    assert said.startswith("Slipway: failed (attempt 1): Rejected: max rejected plan: too large\n")
    assert await desk.status() == "Open"


async def test_a_ticket_that_follows_its_pull_request_is_left_to_it(desk: Desk) -> None:
    await desk.pull_request("MERGED")
    await desk.hear(COMPLETED)
    assert await desk.status() == "Open"
    assert len(await desk.comments()) == 1


async def test_a_ticket_that_is_gone_stops_nobody(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.hear(COMPLETED, issue_key="KEY-404")
    assert "KEY-404 was not told how its work ended" in caplog.text


async def test_a_branch_that_has_moved_on_is_told_with_what_it_means(
    desk: Desk, tmp_path: Path
) -> None:
    upstream = Upstream.init(tmp_path / "upstream")
    ours = upstream.commit(calc="1")
    upstream.git("switch", "--quiet", "--create", "slipway/KEY-1")
    where = {"repo_url": upstream.url, "commit": ours}
    await desk.hear(COMPLETED, **where, once="as it was left")
    theirs = upstream.commit(calc="2")
    await desk.hear(COMPLETED, **where, once="pushed to")
    await desk.hear(COMPLETED, **where, once="gone", branch="slipway/KEY-2")
    still, pushed, gone = await desk.comments()
    stands = f"The work stands on branch slipway/KEY-1 at {ours[:10]}."
    assert still == f"Slipway: completed (attempt 1).\n{stands}"
    assert f"{stands}\nBut in the repository the branch is at {theirs[:10]}: somebody" in pushed
    assert pushed.endswith(f"before you merge: git diff {ours[:10]} {theirs[:10]}")
    assert "But there is no such branch in the repository" in gone


async def test_a_repository_that_cannot_be_looked_at_stops_nobody(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.hear(COMPLETED, repo_url=str(tmp_path / "nothing"))
    assert (await desk.comments())[0].endswith(UNSEEN)
    assert await desk.status() == "In review"


async def test_nobody_waits_for_a_repository_that_never_answers() -> None:
    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    assert not (await whereabouts(never, patience=timedelta())).seen
