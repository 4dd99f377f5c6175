"""Every query on where messages go: endpoints, and the routes that lead to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from contracts.identity import Role
from contracts.notifications import Channel, Endpoint, QuietHours, Route
from db.encryption import Keyring
from db.ids import new_id
from db.models import Membership, Notification, NotificationEndpoint, NotificationRoute, User
from errors import AbsentError
from policy.notifications import CLOSED, FAILURES


class UnknownEndpointError(AbsentError):
    """No endpoint of this name in this organization."""


@dataclass(frozen=True)
class Destination:
    """One recipient of one event. Mail to a person has no endpoint. `alone`: never in a batch."""

    channel: Channel
    recipient: str
    urgent: bool
    batched: bool
    endpoint_id: UUID | None = None
    alone: bool = False

    @property
    def to(self) -> str:
        return str(self.endpoint_id or self.recipient)


class Endpoints:
    """One organization's. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def put(self, endpoint: Endpoint, keyring: Keyring) -> UUID:
        """Makes it, or changes the one of this name. Raises UnknownEndpointError for a fallback
        that is not there."""
        fallback = await self.id_of(endpoint.fallback) if endpoint.fallback else None
        content = {
            "channel": endpoint.channel,
            "address": keyring.encrypt(endpoint.address),
            "secrets": [keyring.encrypt(secret) for secret in endpoint.secrets],
            "quiet": endpoint.quiet.model_dump(mode="json") if endpoint.quiet else None,
            "fallback_id": fallback,
            "active": True,
            "failures": 0,
            "closed_until": None,
        }
        statement = insert(NotificationEndpoint).values(
            id=new_id(), organization_id=self._organization_id, name=endpoint.name, **content
        )
        made = statement.on_conflict_do_update(
            index_elements=["organization_id", "name"],
            set_={**content, "updated_at": func.now()},
        ).returning(NotificationEndpoint.id)
        return (await self._session.execute(made)).scalar_one()

    async def retire(self, name: str) -> None:
        """Nothing more goes there; what went there stays on record. Raises UnknownEndpointError."""
        changed = update(NotificationEndpoint).where(self._named(name)).values(active=False)
        if await self._session.scalar(changed.returning(NotificationEndpoint.id)) is None:
            raise _unknown(name)

    async def names(self) -> list[tuple[str, Channel]]:
        rows = await self._session.execute(
            select(NotificationEndpoint.name, NotificationEndpoint.channel)
            .where(self._active())
            .order_by(NotificationEndpoint.name)
        )
        return [(row.name, Channel(row.channel)) for row in rows]

    async def fallback_of(self, row: Notification) -> NotificationEndpoint | None:
        """Where to tell it instead, if there is such a place and it is in use."""
        instead = aliased(NotificationEndpoint)
        found: NotificationEndpoint | None = await self._session.scalar(
            select(instead)
            .join(NotificationEndpoint, NotificationEndpoint.fallback_id == instead.id)
            .where(NotificationEndpoint.id == row.endpoint_id, instead.active)
        )
        return found

    async def id_of(self, name: str) -> UUID:
        found = await self._session.scalar(
            select(NotificationEndpoint.id).where(self._named(name), self._active())
        )
        if found is None:
            raise _unknown(name)
        return found

    def _named(self, name: str) -> ColumnElement[bool]:
        return and_(
            NotificationEndpoint.organization_id == self._organization_id,
            NotificationEndpoint.name == name,
        )

    def _active(self) -> ColumnElement[bool]:
        return and_(
            NotificationEndpoint.organization_id == self._organization_id,
            NotificationEndpoint.active,
        )


class Routes:
    """One organization's routing table. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def ensure(self, routes: Iterable[Route]) -> None:
        """Seeds the table of an organization that has none: what people changed stays."""
        there = select(NotificationRoute.id).where(
            NotificationRoute.organization_id == self._organization_id
        )
        if await self._session.scalar(there.limit(1)) is None:
            for route in routes:
                await self.put(route)

    async def put(self, route: Route) -> None:
        """Adds it, or changes how it tells. Raises UnknownEndpointError."""
        endpoints = Endpoints(self._session, self._organization_id)
        endpoint_id = await endpoints.id_of(route.endpoint) if route.endpoint else None
        how = {"urgent": route.urgent, "batched": route.batched}
        statement = insert(NotificationRoute).values(
            id=new_id(),
            organization_id=self._organization_id,
            event_type=route.event_type,
            channel=route.channel,
            endpoint_id=endpoint_id,
            people=route.people,
            **how,
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                constraint="uq_notification_routes_once", set_={**how, "updated_at": func.now()}
            )
        )

    async def destinations(self, event_type: str) -> list[Destination]:
        """Where routes to endpoints lead: each endpoint once, urgent if one of its routes is."""
        endpoint, route = aliased(NotificationEndpoint), aliased(NotificationRoute)
        leads = or_(route.endpoint_id == endpoint.id, route.endpoint_id.is_(None))
        rows = await self._session.execute(
            select(
                endpoint.id,
                endpoint.channel,
                endpoint.name,
                func.bool_or(route.urgent).label("urgent"),
                func.bool_and(route.batched).label("batched"),
            )
            .join(route, and_(route.channel == endpoint.channel, leads))
            .where(
                endpoint.organization_id == self._organization_id,
                endpoint.active,
                route.organization_id == self._organization_id,
                route.event_type == event_type,
                ~route.people,
            )
            .group_by(endpoint.id)
            .order_by(endpoint.id)
        )
        return [
            Destination(Channel(row.channel), row.name, row.urgent, row.batched, row.id)
            for row in rows
        ]

    async def to_people(self, event_type: str) -> bool | None:
        """Whether people are told urgently; None when they are not told."""
        return await self._session.scalar(
            select(func.bool_or(NotificationRoute.urgent)).where(
                NotificationRoute.organization_id == self._organization_id,
                NotificationRoute.event_type == event_type,
                NotificationRoute.people,
            )
        )

    async def holders(self, roles: Iterable[Role]) -> list[str]:
        """Mail addresses of active members with one of these roles."""
        rows = await self._session.scalars(
            select(User.email)
            .join(Membership, Membership.user_id == User.id)
            .where(
                Membership.organization_id == self._organization_id,
                Membership.role.in_(list(roles)),
                User.active,
            )
            .order_by(User.email)
        )
        return list(rows)


class Doors:
    """Whether an endpoint may be tried: closed for a while after failures in a row, or when its
    provider says for how long."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def failed(self, endpoint_id: UUID, at: datetime) -> None:
        failures = NotificationEndpoint.failures + 1
        closes = func.greatest(NotificationEndpoint.closed_until, at + CLOSED)
        until = case((failures >= FAILURES, closes), else_=NotificationEndpoint.closed_until)
        await self._set(endpoint_id, failures=failures, closed_until=until)

    async def close(self, endpoint_id: UUID, until: datetime) -> None:
        closes = func.greatest(NotificationEndpoint.closed_until, until)
        await self._set(endpoint_id, closed_until=closes)

    async def worked(self, endpoint_id: UUID) -> None:
        """Ends what failures have closed; what the provider wished for, only its time does."""
        failing = NotificationEndpoint.failures >= FAILURES
        until = case((failing, None), else_=NotificationEndpoint.closed_until)
        await self._set(endpoint_id, failures=0, closed_until=until)

    async def _set(self, endpoint_id: UUID, **values: object) -> None:
        door = update(NotificationEndpoint).where(NotificationEndpoint.id == endpoint_id)
        await self._session.execute(door.values(**values))


def quiet_of(endpoint: NotificationEndpoint | None) -> QuietHours | None:
    if endpoint is None or endpoint.quiet is None:
        return None
    return QuietHours.model_validate(endpoint.quiet)


def _unknown(name: str) -> UnknownEndpointError:
    return UnknownEndpointError(f"There is no endpoint {name!r} here: starter.py endpoint list")
