"""Every query on the local tracker's tickets."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.issues import IssueType, Priority, RelationType, Ticket
from db.ids import new_id
from db.models import (
    Issue,
    IssueChange,
    IssueComment,
    IssueLabel,
    IssueRelation,
    Label,
    Organization,
    Status,
)
from errors import UnknownIssueError

REVERSED = {
    RelationType.BLOCKED_BY: RelationType.BLOCKS,
    RelationType.DUPLICATED_BY: RelationType.DUPLICATES,
}


class Issues:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def get(self, key: str) -> Ticket:
        """Raises UnknownIssueError."""
        issue = await self._row(key)
        labels = (
            select(Label.name)
            .join(IssueLabel, IssueLabel.label_id == Label.id)
            .where(IssueLabel.issue_id == issue.id)
            .order_by(Label.name)
        )
        return _ticket(issue, tuple((await self._session.scalars(labels)).all()))

    async def search(self, text: str, limit: int) -> list[Ticket]:
        query = func.websearch_to_tsquery("english", text)
        statement = self._all().where(Issue.search.op("@@")(query))
        statement = statement.order_by(func.ts_rank(Issue.search, query).desc()).limit(limit)
        return [_ticket(issue) for issue in (await self._session.scalars(statement)).all()]

    async def create(self, project_id: UUID, ticket: Ticket, reporter_id: UUID | None) -> bool:
        """False when a ticket with this key is there already: then nothing changes."""
        statement = (
            insert(Issue)
            .values(
                id=new_id(),
                organization_id=await self._organization_id(),
                project_id=project_id,
                key=ticket.key,
                title=ticket.title,
                description=ticket.description,
                type=ticket.type,
                priority=ticket.priority,
                acceptance_criteria=ticket.acceptance_criteria or None,
                reporter_id=reporter_id,
            )
            .on_conflict_do_nothing()
            .returning(Issue.id)
        )
        issue_id = await self._session.scalar(statement)
        if issue_id is None:
            return False
        for name in ticket.labels:
            await self._label(issue_id, name)
        return True

    async def comment(self, key: str, author: str, body: str, once: str) -> None:
        """Repeatable: the same `once` is one comment."""
        issue = await self._row(key)
        statement = insert(IssueComment).values(
            id=new_id(),
            organization_id=issue.organization_id,
            issue_id=issue.id,
            author=author,
            body=body,
            external_id=once,
            source="slipway",
        )
        await self._session.execute(statement.on_conflict_do_nothing())

    async def transition(self, key: str, status: str, actor: str) -> None:
        """Repeatable. Raises UnknownIssueError for the ticket, LookupError for the status."""
        issue = await self._row(key)
        found = await self._session.scalar(
            select(Status).where(
                Status.organization_id == issue.organization_id, Status.name == status
            )
        )
        if found is None:
            raise LookupError(f"no status is named {status}")
        if issue.status_id == found.id:
            return
        change = IssueChange(
            id=new_id(),
            organization_id=issue.organization_id,
            issue_id=issue.id,
            field="status",
            old=str(issue.status_id) if issue.status_id else None,
            new=str(found.id),
            actor=actor,
        )
        self._session.add(change)
        completed = func.now() if found.is_closed else None
        await self._session.execute(
            update(Issue)
            .where(Issue.id == issue.id)
            .values(status_id=found.id, completed_at=completed)
        )

    async def relate(self, key: str, other: str, relation: RelationType) -> None:
        """Repeatable. BLOCKED_BY and DUPLICATED_BY are kept from the other end."""
        source, target = await self._row(key), await self._row(other)
        if relation in REVERSED:
            source, target, relation = target, source, REVERSED[relation]
        statement = insert(IssueRelation).values(
            id=new_id(),
            organization_id=source.organization_id,
            source_issue_id=source.id,
            target_issue_id=target.id,
            relation_type=relation,
        )
        await self._session.execute(statement.on_conflict_do_nothing())

    async def _label(self, issue_id: UUID, name: str) -> None:
        organization_id = await self._organization_id()
        label = insert(Label).values(
            id=new_id(), organization_id=organization_id, name=name, color="#888888"
        )
        await self._session.execute(label.on_conflict_do_nothing())
        label_id = select(Label.id).where(
            Label.organization_id == organization_id, Label.name == name
        )
        link = insert(IssueLabel).values(
            id=new_id(),
            organization_id=organization_id,
            issue_id=issue_id,
            label_id=label_id.scalar_subquery(),
        )
        await self._session.execute(link.on_conflict_do_nothing())

    async def _row(self, key: str) -> Issue:
        issue = await self._session.scalar(self._all().where(Issue.key == key))
        if issue is None:
            raise UnknownIssueError(
                f"There is no ticket {key} in {self._organization}. Make it with "
                f"starter.py work {key} --repo PATH --summary TEXT"
            )
        return issue

    def _all(self) -> Select[Issue]:
        return (
            select(Issue)
            .join(Organization, Organization.id == Issue.organization_id)
            .where(Organization.slug == self._organization)
        )

    async def _organization_id(self) -> UUID:
        statement = select(Organization.id).where(Organization.slug == self._organization)
        return (await self._session.execute(statement)).scalar_one()


def _ticket(issue: Issue, labels: tuple[Any, ...] = ()) -> Ticket:
    return Ticket(
        key=issue.key,
        title=issue.title,
        description=issue.description,
        type=IssueType(issue.type),
        priority=Priority(issue.priority),
        labels=labels,
        acceptance_criteria=issue.acceptance_criteria or "",
    )
