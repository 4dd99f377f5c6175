"""Every query of people who look at the routing table and take something out of it."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notifications import Route
from db.models import NotificationEndpoint, NotificationRoute
from db.notification_endpoints import Endpoints


class RoutingTable:
    """One organization's; `Routes.put` adds to it. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def all(self) -> list[Route]:
        """By event, then channel."""
        rows = await self._session.execute(
            select(NotificationRoute, NotificationEndpoint.name)
            .outerjoin(
                NotificationEndpoint, NotificationEndpoint.id == NotificationRoute.endpoint_id
            )
            .where(NotificationRoute.organization_id == self._organization_id)
            .order_by(
                NotificationRoute.event_type,
                NotificationRoute.channel,
                NotificationRoute.people,
                NotificationEndpoint.name.nulls_first(),
            )
        )
        return [_route(row, name) for row, name in rows]

    async def remove(self, route: Route) -> bool:
        """Whether there was one: how it tells is not looked at. Raises UnknownEndpointError."""
        endpoints = Endpoints(self._session, self._organization_id)
        endpoint_id = await endpoints.id_of(route.endpoint) if route.endpoint else None
        gone = delete(NotificationRoute).where(
            NotificationRoute.organization_id == self._organization_id,
            NotificationRoute.event_type == route.event_type,
            NotificationRoute.channel == route.channel,
            NotificationRoute.endpoint_id.is_not_distinct_from(endpoint_id),
            NotificationRoute.people == route.people,
        )
        found = await self._session.execute(gone.returning(NotificationRoute.id))
        return found.first() is not None


def _route(row: NotificationRoute, endpoint: str | None) -> Route:
    return Route.model_validate(
        {
            "event_type": row.event_type,
            "channel": row.channel,
            "endpoint": endpoint,
            "people": row.people,
            "urgent": row.urgent,
            "batched": row.batched,
        }
    )
