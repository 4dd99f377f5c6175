"""A small shop with a ticket that pull requests are about."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.development import DevelopmentActivities
from activities.local_tracker import LocalTracker
from contracts.commands import (
    Account,
    FollowPullRequest,
    IdentityProvider,
    KeepEvidence,
    LinkDevelopment,
)
from contracts.identity import Role
from contracts.issues import Ticket
from contracts.webhooks import Delivery, WebhookSource
from db.engine import Sessions
from db.git_integrations import GitIntegrations
from db.identity import People
from db.issues import Issues
from db.models import Issue, Status
from db.models.git_integrations import GitIntegration
from db.projects import Projects
from db.seeds import seed
from db.user_identities import UserIdentities
from policy.house_rules import HouseRules
from policy.redaction import Redaction
from policy.routing import route
from tests.github_life import Told


class Shop:
    """An organization of its own with the ticket KEY-1."""

    def __init__(self, sessions: Sessions, slug: str, id: UUID) -> None:
        self.sessions, self.slug, self.id = sessions, slug, id
        tracker = LocalTracker(sessions, Redaction(()))
        self._development = DevelopmentActivities(sessions, tracker)

    @classmethod
    async def open(cls, sessions: Sessions) -> "Shop":
        slug = f"org-{uuid4().hex[:12]}"
        id = await seed(sessions, slug)
        async with sessions.begin() as session:
            project = await Projects(session, id).create("KEY", f"/{slug}")
            ticket = Ticket(key="KEY-1", title="Round half a cent up")
            await Issues(session, slug).create(project.id, ticket, None)
        return cls(sessions, slug, id)

    async def hear(self, told: Told) -> list[str]:
        """What came of it."""
        event, payload = told
        delivery = Delivery(
            id=uuid4(),
            endpoint_id=uuid4(),
            organization_id=self.id,
            organization=self.slug,
            source=WebhookSource.GITHUB,
            delivery_id=str(uuid4()),
            event_type=event,
            received_at=datetime.now(UTC),
            payload=payload,
        )
        notes = []
        for command in route(delivery, HouseRules()).commands:
            match command:
                case FollowPullRequest():
                    step: Any = self._development.follow_pull_request
                case KeepEvidence():
                    step = self._development.keep_evidence
                case LinkDevelopment():
                    step = self._development.link_development
                case _:
                    continue  # Decisions have tests of their own.
            notes.append((await ActivityEnvironment().run(step, command)).note)
        return notes

    async def link(self, email: str, role: Role, number: int) -> None:
        """A member, and their account at GitHub."""
        account = Account(provider=IdentityProvider.GITHUB, external_id=str(number))
        async with self.sessions.begin() as session:
            person = await People(session, self.id).ensure(email, email, role)
            await UserIdentities(session, self.id).vouch(account, person)

    async def status(self) -> str | None:
        async with self.sessions() as session:
            statement = select(Status.name).join(Issue, Issue.status_id == Status.id)
            return await session.scalar(statement.where(Issue.organization_id == self.id))

    async def is_led(self) -> bool:
        """Whether its pull requests say where the ticket stands."""
        async with self.sessions() as session:
            return await GitIntegrations(session, self.id).follows_pull_requests("KEY-1")

    async def row(self) -> dict[str, Any]:
        """All that it says, but for ids, counts and our own times."""
        async with self.sessions() as session:
            rows = select(GitIntegration).where(GitIntegration.organization_id == self.id)
            (row,) = (await session.scalars(rows)).all()
        own = {"id", "issue_id", "organization_id", "created_at", "updated_at", "version"}
        names = [column.name for column in GitIntegration.__table__.columns]
        return {name: getattr(row, name) for name in names if name not in own}
