"""Every query on the local tracker's tickets."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.issues import IssueType, Priority, RelationType, Ticket
from contracts.text import storable
from db.areas import NAME, Areas
from db.ids import new_id
from db.models import Issue, IssueComment, IssueLabel, IssueRelation, Label, Organization
from db.status_flows import FIRST, STATUSES, FlowStatus, statuses_of
from errors import PermanentError, UnknownIssueError

REVERSED = {
    RelationType.BLOCKED_BY: RelationType.BLOCKS,
    RelationType.DUPLICATED_BY: RelationType.DUPLICATES,
}

# Statements that are built once, past the ORM. All of them are of one organization, by its slug.
TABLE, LABEL, LABELLED = Issue.__table__, Label.__table__.c, IssueLabel.__table__.c
ISSUE, ORGANIZATION = TABLE.c, Organization.__table__.c
LABELS = (
    select(func.array_agg(aggregate_order_by(LABEL.name, LABEL.name)))
    .where(LABEL.id == LABELLED.label_id, LABELLED.issue_id == ISSUE.id)
    .correlate(TABLE)
    .scalar_subquery()
    .label("labels")
)
OF = (ISSUE.organization_id == ORGANIZATION.id, ORGANIZATION.slug == bindparam("organization"))
ONE = ISSUE.key == bindparam("key")
TICKETS: Select[Any] = select(
    *(ISSUE.key, ISSUE.title, ISSUE.description, ISSUE.type, ISSUE.priority),
    *(ISSUE.acceptance_criteria, ISSUE.estimate, LABELS, NAME),
).where(*OF)
TICKET = TICKETS.where(ONE)
ROW: Select[Any] = select(ISSUE.id, ISSUE.organization_id).where(*OF, ONE)
MOVABLE = ROW.add_columns(ISSUE.status_id, STATUSES).with_for_update(of=TABLE)
MOVE = text("""
    WITH moved AS (
        UPDATE issues SET status_id = :status_id, updated_at = now(),
            completed_at = CASE WHEN :closes THEN now() END
        WHERE id = :issue_id
    )
    INSERT INTO issue_changes (id, organization_id, issue_id, field, old, new, actor)
    VALUES (:id, :organization_id, :issue_id, 'status',
        (SELECT name FROM statuses WHERE id = :old_status_id), :name, :actor)
""")


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
        return _ticket(await self._found(TICKET, key))

    async def search(self, text: str, limit: int) -> list[Ticket]:
        """The best matches first. `text` as in search engines: "quoted", or, -without."""
        query = func.websearch_to_tsquery("english", storable(text))
        statement = (
            TICKETS.where(ISSUE.search.op("@@")(query))
            .order_by(func.ts_rank(ISSUE.search, query).desc(), ISSUE.key)
            .limit(limit)
        )
        rows = await self._session.execute(statement, {"organization": self._organization})
        return [_ticket(row) for row in rows]

    async def create(self, project_id: UUID, ticket: Ticket, reporter_id: UUID | None) -> bool:
        """False when a ticket with this key is there already: then nothing changes. A new one
        has the first status of its project's flow, or of the organization's."""
        organization_id = await self._organization_id()
        flow = {"organization_id": organization_id, "project_id": project_id}
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
                status_id=await self._session.scalar(FIRST, flow),
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
        issue = await self._found(ROW, key)
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
        issue = await self._found(MOVABLE, key)
        statuses, wanted = statuses_of(issue), status.casefold()
        new = next((known for known in statuses if known.name.casefold() == wanted), None)
        if new is None:
            names = ", ".join(known.name for known in statuses)
            raise UnknownStatusError(
                f"{key} cannot become {status}: its flow has {names or 'no status at all'}. "
                "`python -m db seed` makes the default flow"
            )
        if issue.status_id != new.id:
            await self._move(issue, new, actor)

    async def relate(self, key: str, other: str, relation: RelationType) -> None:
        """Repeatable. BLOCKED_BY and DUPLICATED_BY are kept from the other end. Raises
        UnknownIssueError, SelfRelationError."""
        if key == other:
            raise SelfRelationError(f"{key} cannot stand in a relation with itself")
        source, target = await self._found(ROW, key), await self._found(ROW, other)
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

    async def _move(self, issue: Row[Any], new: FlowStatus, actor: str) -> None:
        change = {
            "id": new_id(),
            "organization_id": issue.organization_id,
            "issue_id": issue.id,
            "old_status_id": issue.status_id,
            "status_id": new.id,
            "name": new.name,
            "closes": new.closes,
            "actor": actor,
        }
        await self._session.execute(MOVE, change)

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

    async def _found(self, statement: Select[Any], key: str) -> Row[Any]:
        which = {"organization": self._organization, "key": storable(key)}
        row: Row[Any] | None = (await self._session.execute(statement, which)).one_or_none()
        if row is None:
            raise self._unknown(key)
        return row

    def _unknown(self, key: str) -> UnknownIssueError:
        return UnknownIssueError(
            f"There is no ticket {key} in {self._organization}. Make it with "
            f"starter.py work {key} --repo PATH --summary TEXT"
        )

    async def _organization_id(self) -> UUID:
        statement = select(Organization.id).where(Organization.slug == self._organization)
        return (await self._session.execute(statement)).scalar_one()


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        key=row.key,
        title=row.title,
        description=row.description,
        type=IssueType(row.type),
        priority=Priority(row.priority),
        labels=tuple(row.labels or ()),
        acceptance_criteria=row.acceptance_criteria or "",
        area=row.area,
        estimate=row.estimate,
    )
