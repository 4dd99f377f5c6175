"""What is kept of a ticket in the local tracker, read for people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.text import clipped
from contracts.ticket_pages import Check, FieldChange, Showing, TicketComment, TicketPage
from db.issues import Issues
from db.models import Issue, IssueChange, IssueComment, Organization, Status, User
from db.models.git_integrations import GitIntegration

MOST = 50


class TicketPages:
    """One organization's, by its slug."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def of(self, key: str) -> TicketPage:
        """Raises UnknownIssueError."""
        ticket = await Issues(self._session, self._organization).get(key)
        row = await self._row(key)
        return TicketPage(
            ticket=ticket,
            status=row.status,
            reporter=row.email,
            completed_at=row.completed_at,
            showings=await self._showings(row.id),
            comments=await self._comments(row.id),
            changes=await self._changes(row.id),
        )

    async def _row(self, key: str) -> Row[UUID, datetime | None, str, str]:
        statement = (
            select(Issue.id, Issue.completed_at, Status.name.label("status"), User.email)
            .join(Organization, Organization.id == Issue.organization_id)
            .outerjoin(Status, Status.id == Issue.status_id)
            .outerjoin(User, User.id == Issue.reporter_id)
            .where(Organization.slug == self._organization, Issue.key == key)
        )
        return (await self._session.execute(statement)).one()

    async def _showings(self, issue_id: UUID) -> tuple[Showing, ...]:
        rows = await self._session.scalars(
            select(GitIntegration)
            .where(GitIntegration.issue_id == issue_id)
            .order_by(GitIntegration.created_at, GitIntegration.id)
        )
        return tuple(map(_showing, rows))

    async def _comments(self, issue_id: UUID) -> tuple[TicketComment, ...]:
        rows = await self._session.scalars(
            select(IssueComment)
            .where(IssueComment.issue_id == issue_id)
            .order_by(IssueComment.created_at.desc(), IssueComment.id.desc())
            .limit(MOST)
        )
        told = [TicketComment(at=row.created_at, author=row.author, text=row.body) for row in rows]
        return tuple(reversed(told))

    async def _changes(self, issue_id: UUID) -> tuple[FieldChange, ...]:
        rows = await self._session.scalars(
            select(IssueChange)
            .where(IssueChange.issue_id == issue_id)
            .order_by(IssueChange.created_at.desc(), IssueChange.id.desc())
            .limit(MOST)
        )
        return tuple(reversed([_change(row) for row in rows]))


def _showing(row: GitIntegration) -> Showing:
    return Showing.model_validate(
        {
            "provider": row.provider,
            "repository": row.repository,
            "branch": row.branch_name,
            "commit": row.commit_hash,
            "pull_request": row.pr_number,
            "pull_request_state": row.pr_state,
            "pull_request_url": row.pr_url,
            "checks": [_check(name, row.checks[name]) for name in sorted(row.checks)],
        }
    )


def _check(name: str, kept: Mapping[str, Any]) -> Check:
    return Check.model_validate({"check": name, **kept})


def _change(row: IssueChange) -> FieldChange:
    before, after = (None if text is None else clipped(text) for text in (row.old, row.new))
    return FieldChange(at=row.created_at, field=row.field, before=before, after=after, by=row.actor)
