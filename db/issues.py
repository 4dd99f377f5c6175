"""Every query on the local tracker's tickets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.issues import IssueType, Priority, RelationType, Ticket
from contracts.text import storable
from db.areas import NAME, Areas
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
    StatusFlow,
)
from errors import PermanentError, UnknownIssueError

REVERSED = {
    RelationType.BLOCKED_BY: RelationType.BLOCKS,
    RelationType.DUPLICATED_BY: RelationType.DUPLICATES,
}

LABELS = (
    select(func.array_agg(aggregate_order_by(Label.name, Label.name)))
    .join(IssueLabel, IssueLabel.label_id == Label.id)
    .where(IssueLabel.issue_id == Issue.id)
    .correlate(Issue)
    .scalar_subquery()
    .label("labels")
)


class UnknownStatusError(PermanentError):
    """No such status in the flow that the ticket goes through."""


class SelfRelationError(PermanentError):
    """A ticket in a relation with itself."""


class Issues:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def get(self, key: str) -> Ticket:
        """Raises UnknownIssueError."""
        statement = self._all().add_columns(LABELS, NAME).where(Issue.key == storable(key))
        row = (await self._session.execute(statement)).one_or_none()
        if row is None:
            raise self._unknown(key)
        return _ticket(*row)

    async def search(self, text: str, limit: int) -> list[Ticket]:
        """The best matches first. `text` as in search engines: "quoted", or, -without."""
        query = func.websearch_to_tsquery("english", storable(text))
        statement = (
            self._all()
            .add_columns(LABELS, NAME)
            .where(Issue.search.op("@@")(query))
            .order_by(func.ts_rank(Issue.search, query).desc(), Issue.key)
            .limit(limit)
        )
        return [_ticket(*row) for row in (await self._session.execute(statement)).all()]

    async def create(self, project_id: UUID, ticket: Ticket, reporter_id: UUID | None) -> bool:
        """False when a ticket with this key is there already: then nothing changes. A new one
        has the first status of its project's flow, or of the organization's."""
        organization_id = await self._organization_id()
        statuses = await self._statuses(organization_id, project_id)
        areas = Areas(self._session, organization_id)
        statement = (
            insert(Issue)
            .values(
                id=new_id(),
                organization_id=organization_id,
                project_id=project_id,
                key=ticket.key,
                title=ticket.title,
                description=ticket.description,
                type=ticket.type,
                priority=ticket.priority,
                acceptance_criteria=ticket.acceptance_criteria or None,
                area_id=await areas.ensure(ticket.area) if ticket.area else None,
                estimate=ticket.estimate,
                reporter_id=reporter_id,
                status_id=statuses[0].id if statuses else None,
            )
            .on_conflict_do_nothing(index_elements=[Issue.organization_id, Issue.key])
            .returning(Issue.id)
        )
        issue_id = await self._session.scalar(statement)
        if issue_id is None:
            return False
        for name in ticket.labels:
            await self._label(organization_id, issue_id, name)
        return True

    async def comment(self, key: str, author: str, body: str, once: str) -> None:
        """Repeatable: the same `once` is one comment."""
        issue = await self._row(key)
        statement = insert(IssueComment).values(
            id=new_id(),
            organization_id=issue.organization_id,
            issue_id=issue.id,
            author=author,
            body=storable(body),
            external_id=once,
            source="slipway",
        )
        await self._session.execute(
            statement.on_conflict_do_nothing(
                index_elements=[IssueComment.issue_id, IssueComment.external_id]
            )
        )

    async def transition(self, key: str, status: str, actor: str) -> None:
        """Repeatable: only a change is a change. A status by its name, however it is written.
        Raises UnknownIssueError, UnknownStatusError."""
        issue = await self._row(key, lock=True)
        statuses = await self._statuses(issue.organization_id, issue.project_id)
        wanted = status.casefold()
        new = next((known for known in statuses if known.name.casefold() == wanted), None)
        if new is None:
            names = ", ".join(known.name for known in statuses)
            raise UnknownStatusError(
                f"{key} cannot become {status}: its flow has {names or 'no status at all'}. "
                "`python -m db seed` makes the default flow"
            )
        if issue.status_id == new.id:
            return
        old = await self._session.get(Status, issue.status_id) if issue.status_id else None
        change = IssueChange(
            id=new_id(),
            organization_id=issue.organization_id,
            issue_id=issue.id,
            field="status",
            old=old.name if old else None,
            new=new.name,
            actor=actor,
        )
        self._session.add(change)
        completed_at = func.now() if new.is_closed else None
        await self._session.execute(
            update(Issue)
            .where(Issue.id == issue.id)
            .values(status_id=new.id, completed_at=completed_at)
        )

    async def relate(self, key: str, other: str, relation: RelationType) -> None:
        """Repeatable. BLOCKED_BY and DUPLICATED_BY are kept from the other end. Raises
        UnknownIssueError, SelfRelationError."""
        if key == other:
            raise SelfRelationError(f"{key} cannot stand in a relation with itself")
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

    async def _statuses(self, organization_id: UUID, project_id: UUID) -> Sequence[Status]:
        """In their order. A project's own flow goes before the organization's."""
        flow = (
            select(StatusFlow.id)
            .where(
                StatusFlow.organization_id == organization_id,
                StatusFlow.project_id.is_(None) | (StatusFlow.project_id == project_id),
            )
            .order_by(StatusFlow.project_id.is_(None), StatusFlow.created_at, StatusFlow.id)
            .limit(1)
            .scalar_subquery()
        )
        statement = select(Status).where(Status.flow_id == flow).order_by(Status.position)
        return (await self._session.scalars(statement)).all()

    async def _label(self, organization_id: UUID, issue_id: UUID, name: str) -> None:
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

    async def _row(self, key: str, *, lock: bool = False) -> Issue:
        statement = self._all().where(Issue.key == storable(key))
        if lock:
            statement = statement.with_for_update(of=Issue)
        issue = await self._session.scalar(statement)
        if issue is None:
            raise self._unknown(key)
        return issue

    def _unknown(self, key: str) -> UnknownIssueError:
        return UnknownIssueError(
            f"There is no ticket {key} in {self._organization}. Make it with "
            f"starter.py work {key} --repo PATH --summary TEXT"
        )

    def _all(self) -> Select[Issue]:
        return (
            select(Issue)
            .join(Organization, Organization.id == Issue.organization_id)
            .where(Organization.slug == self._organization)
        )

    async def _organization_id(self) -> UUID:
        statement = select(Organization.id).where(Organization.slug == self._organization)
        return (await self._session.execute(statement)).scalar_one()


def _ticket(issue: Issue, labels: Sequence[str] | None, area: str | None) -> Ticket:
    return Ticket(
        key=issue.key,
        title=issue.title,
        description=issue.description,
        type=IssueType(issue.type),
        priority=Priority(issue.priority),
        labels=tuple(labels or ()),
        acceptance_criteria=issue.acceptance_criteria or "",
        area=area,
        estimate=issue.estimate,
    )
