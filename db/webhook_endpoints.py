"""Every query on where webhooks come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.webhooks import ReceivedDelivery, WebhookSource
from db.encryption import Keyring
from db.ids import new_id
from db.models import Organization, Project, WebhookEndpoint, WebhookEvent
from errors import AbsentError, PermanentError

KEPT_SECRETS = 2


class UnknownWebhookEndpointError(AbsentError):
    """No webhooks come in by this path."""


class TakenPathError(PermanentError):
    """Another organization's webhooks come in by this path."""


@dataclass(frozen=True)
class Entrance:
    """An endpoint as the gateway knows it; `secrets` are still encrypted."""

    id: UUID
    organization_id: UUID
    organization: str
    project_id: UUID | None
    source: WebhookSource
    path: str
    secrets: tuple[bytes, ...]
    unsigned_allowed: bool

    def received(self, body: bytes, **known: Any) -> ReceivedDelivery:
        """What came in here; `known` is all else that there is to say of it."""
        return ReceivedDelivery.of(
            body,
            endpoint_id=self.id,
            organization_id=self.organization_id,
            organization=self.organization,
            project_id=self.project_id,
            source=self.source,
            **known,
        )


async def entrances(session: AsyncSession) -> list[Entrance]:
    """All that are in use, of every organization: one gateway serves them all."""
    found = await session.execute(
        select(WebhookEndpoint, Organization.slug)
        .join(Organization, Organization.id == WebhookEndpoint.organization_id)
        .where(WebhookEndpoint.active)
        .order_by(WebhookEndpoint.path)
    )
    return [_entrance(row, slug) for row, slug in found]


async def was_signed(session: AsyncSession, delivery: UUID) -> bool:
    """Whether the delivery came in where nothing does without a signature."""
    has = (
        select(func.cardinality(WebhookEndpoint.secrets) > 0)
        .join(WebhookEvent, WebhookEvent.endpoint_id == WebhookEndpoint.id)
        .where(WebhookEvent.id == delivery)
    )
    return bool(await session.scalar(has))


async def touch(session: AsyncSession, seen: Mapping[UUID, datetime]) -> None:
    """When something came in by each of these."""
    for id in sorted(seen):  # Two gateways never wait for each other.
        row = update(WebhookEndpoint).where(WebhookEndpoint.id == id)
        await session.execute(row.values(last_seen=seen[id]))


class WebhookEndpoints:
    """One organization's. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def put(self, source: WebhookSource, project: Project | None, unsigned: bool) -> str:
        """Makes it, or opens it again; its path. Raises TakenPathError."""
        path = f"{source.lower()}/{project.key}" if project else source.lower()
        content = {"unsigned_allowed": unsigned, "active": True}
        made = insert(WebhookEndpoint).values(
            id=new_id(),
            organization_id=self._organization_id,
            source=source,
            project_id=project.id if project else None,
            path=path,
            **content,
        )
        # The guard keeps another organization's row as it is: then nothing is returned.
        changed = made.on_conflict_do_update(
            index_elements=["path"],
            set_={**content, "updated_at": func.now()},
            where=WebhookEndpoint.organization_id == self._organization_id,
        ).returning(WebhookEndpoint.path)
        if await self._session.scalar(changed) is None:
            raise TakenPathError(f"/webhooks/{path} belongs to another organization")
        return path

    async def close(self, path: str) -> None:
        """Nothing comes in by it until it is opened again. Repeatable."""
        rows = update(WebhookEndpoint).where(
            WebhookEndpoint.organization_id == self._organization_id, WebhookEndpoint.path == path
        )
        await self._session.execute(rows.values(active=False))

    async def add_secret(self, path: str, secret: str, keyring: Keyring) -> None:
        """The newest first; the one before it stays valid until the next. Raises
        UnknownWebhookEndpointError."""
        row = await self._session.scalar(
            select(WebhookEndpoint).where(self._at(path)).with_for_update()
        )
        if row is None:
            raise UnknownWebhookEndpointError(f"there is no endpoint /webhooks/{path}")
        row.secrets = [keyring.encrypt(secret), *row.secrets][:KEPT_SECRETS]

    async def keep_newest_secret(self, path: str) -> None:
        """The ones before it are valid no longer. Raises UnknownWebhookEndpointError."""
        newest = update(WebhookEndpoint).where(self._at(path))
        changed = newest.values(secrets=WebhookEndpoint.secrets[1:1])
        if await self._session.scalar(changed.returning(WebhookEndpoint.id)) is None:
            raise UnknownWebhookEndpointError(f"there is no endpoint /webhooks/{path}")

    async def all(self) -> Sequence[WebhookEndpoint]:
        """By path."""
        found = await self._session.scalars(
            select(WebhookEndpoint)
            .where(WebhookEndpoint.organization_id == self._organization_id, WebhookEndpoint.active)
            .order_by(WebhookEndpoint.path)
        )
        return found.all()

    async def entrance(self, path: str) -> Entrance:
        """Raises UnknownWebhookEndpointError."""
        for found in await entrances(self._session):
            if found.path == path and found.organization_id == self._organization_id:
                return found
        raise UnknownWebhookEndpointError(f"there is no endpoint /webhooks/{path}")

    def _at(self, path: str) -> ColumnElement[bool]:
        return and_(
            WebhookEndpoint.organization_id == self._organization_id, WebhookEndpoint.path == path
        )


def _entrance(row: WebhookEndpoint, slug: str) -> Entrance:
    return Entrance(
        id=row.id,
        organization_id=row.organization_id,
        organization=slug,
        project_id=row.project_id,
        source=WebhookSource(row.source),
        path=row.path,
        secrets=tuple(row.secrets),
        unsigned_allowed=row.unsigned_allowed,
    )
