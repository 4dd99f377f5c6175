"""What a fresh installation starts with."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.identity import DEFAULT_ORGANIZATION, Role
from db.engine import Sessions
from db.identity import Organizations, People
from db.ids import new_id
from db.models import Organization, Status, StatusFlow
from db.notification_endpoints import Routes
from db.sla import ServiceLevels
from policy.notifications import SEEDED_ROUTES
from policy.sla_seeds import seeded

FLOW = "Default"
STATUSES = (
    ("Open", "#6b7280", False),
    ("In progress", "#2563eb", False),
    ("In review", "#d97706", False),
    ("Approved", "#7c3aed", False),
    ("Done", "#16a34a", True),
)


@dataclass(frozen=True)
class Newcomer:
    email: str
    name: str
    role: Role = Role.ADMIN


async def seed(
    sessions: Sessions,
    slug: str = DEFAULT_ORGANIZATION,
    newcomer: Newcomer | None = None,
) -> UUID:
    """The organization's id. Repeatable: what people changed since, roles included, stays."""
    async with sessions.begin() as session:
        organization_id = await Organizations(session).ensure(slug, slug)
        # Two seeds at once: the second waits, and then finds the first one's rows.
        await session.execute(
            select(Organization.id).where(Organization.id == organization_id).with_for_update()
        )
        await _ensure_flow(session, organization_id)
        await Routes(session, organization_id).ensure(SEEDED_ROUTES)
        for terms in seeded():
            await ServiceLevels(session, organization_id).ensure(terms)
        if newcomer is not None:
            people = People(session, organization_id)
            await people.ensure(newcomer.email, newcomer.name, newcomer.role)
        return organization_id


async def _ensure_flow(session: AsyncSession, organization_id: UUID) -> None:
    """A flow that is there may have been changed by people, so it stays as it is."""
    flow_id = await session.scalar(
        insert(StatusFlow)
        .values(id=new_id(), organization_id=organization_id, name=FLOW)
        .on_conflict_do_nothing()
        .returning(StatusFlow.id)
    )
    if flow_id is None:
        return
    session.add_all(
        Status(
            id=new_id(),
            organization_id=organization_id,
            flow_id=flow_id,
            name=name,
            color=color,
            position=position,
            is_closed=closed,
        )
        for position, (name, color, closed) in enumerate(STATUSES)
    )
