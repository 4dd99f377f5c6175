"""Every query that decides whether, and in whose name, something is announced."""

from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Approval,
    Issue,
    NotificationEndpoint,
    NotificationRoute,
    Orchestration,
    Organization,
)
from policy.announcements import Work


class Announcements:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def told(self, organization_id: UUID, *, mail: bool) -> frozenset[str]:
        """Types of events whose routes lead to an endpoint, or with `mail` to people."""
        route, endpoint = NotificationRoute, NotificationEndpoint
        leads = and_(
            endpoint.organization_id == route.organization_id,
            endpoint.active,
            endpoint.channel == route.channel,
            or_(route.endpoint_id.is_(None), route.endpoint_id == endpoint.id),
        )
        somewhere = select(endpoint.id).where(leads).exists()
        ways = or_(and_(~route.people, somewhere), route.people) if mail else somewhere
        statement = (
            select(route.event_type)
            .where(route.organization_id == organization_id, ways)
            .distinct()
        )
        return frozenset((await self._session.scalars(statement)).all())

    async def work(
        self, orchestration_id: UUID, approval_id: UUID | None = None
    ) -> tuple[str, Work]:
        """The organization's slug, and what its messages are about."""
        statement = (
            select(
                Organization.slug,
                Orchestration.issue_key,
                # As it reads now, where the ticket is one of ours.
                func.coalesce(Issue.title, Orchestration.extra["title"].as_string()).label("title"),
                Orchestration.requested_by,
                Approval.subject_hash,
                Approval.policy,
            )
            .join(Organization, Organization.id == Orchestration.organization_id)
            .outerjoin(
                Issue,
                and_(
                    Issue.organization_id == Orchestration.organization_id,
                    Issue.key == Orchestration.issue_key,
                ),
            )
            .outerjoin(
                Approval,
                and_(Approval.orchestration_id == Orchestration.id, Approval.id == approval_id),
            )
            .where(Orchestration.id == orchestration_id)
        )
        row = (await self._session.execute(statement)).one()
        return row.slug, Work(
            issue_key=row.issue_key,
            title=row.title or "",
            requested_by=row.requested_by,
            subject_hash=row.subject_hash or "",
            allow_requester=bool((row.policy or {}).get("allow_requester")),
        )
