"""Every query on organizations and their people."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.commands import Account, IdentityProvider
from contracts.identity import Role
from contracts.people import PersonRow
from db.ids import new_id
from db.models import Membership, Organization, User
from db.models.git_integrations import UserIdentity
from db.user_identities import UserIdentities
from errors import AbsentError


class UnknownPersonError(AbsentError):
    """Nobody of the organization has this e-mail address."""


class Organizations:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ensure(self, slug: str, name: str) -> UUID:
        """The organization's id, made if need be. Repeatable."""
        await self._session.execute(
            insert(Organization).values(id=new_id(), slug=slug, name=name).on_conflict_do_nothing()
        )
        statement = select(Organization.id).where(Organization.slug == slug)
        return (await self._session.execute(statement)).scalar_one()

    async def find(self, slug: str) -> UUID | None:
        return await self._session.scalar(select(Organization.id).where(Organization.slug == slug))

    async def has_members(self, slug: str) -> bool:
        statement = select(Membership.id).join(
            Organization, Organization.id == Membership.organization_id
        )
        return await self._session.scalar(statement.where(Organization.slug == slug)) is not None


class People:
    """The members of one organization. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def ensure(self, email: str, name: str, role: Role) -> UUID:
        """The person's id, made with this role if need be; an existing role stays."""
        user = insert(User).values(
            id=new_id(), organization_id=self._organization_id, email=email, name=name
        )
        await self._session.execute(user.on_conflict_do_nothing())
        id = await self._demanded(email)
        membership = insert(Membership).values(
            id=new_id(), organization_id=self._organization_id, user_id=id, role=role
        )
        await self._session.execute(membership.on_conflict_do_nothing())
        return id

    async def set_role(self, email: str, role: Role) -> None:
        """Of somebody who is there. Raises UnknownPersonError."""
        id = await self._demanded(email)
        membership = insert(Membership).values(
            id=new_id(), organization_id=self._organization_id, user_id=id, role=role
        )
        await self._session.execute(
            membership.on_conflict_do_update(
                index_elements=[Membership.organization_id, Membership.user_id],
                set_={"role": role, "updated_at": func.now()},
            )
        )

    async def link(self, email: str, account: Account, *, move: bool = False) -> tuple[str, ...]:
        """The account is that person's from now on; whose it was until now. Raises
        UnknownPersonError, and what `UserIdentities.vouch` raises."""
        id = await self._demanded(email)
        identities = UserIdentities(self._session, self._organization_id)
        return await identities.vouch(account, id, move=move)

    async def all(self) -> list[PersonRow]:
        """By e-mail address, with their accounts elsewhere."""
        accounts = await self._accounts()
        statement = (
            select(User.id, User.email, User.name, User.active, Membership.role)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.organization_id == self._organization_id)
            .order_by(func.lower(User.email))
        )
        return [
            PersonRow(
                email=row.email,
                name=row.name,
                role=Role(row.role),
                active=row.active,
                accounts=tuple(accounts.get(row.id, ())),
            )
            for row in (await self._session.execute(statement)).all()
        ]

    async def _accounts(self) -> dict[UUID, list[Account]]:
        statement = (
            select(UserIdentity)
            .where(UserIdentity.organization_id == self._organization_id)
            .order_by(UserIdentity.provider, UserIdentity.external_id)
        )
        accounts: dict[UUID, list[Account]] = {}
        for row in (await self._session.scalars(statement)).all():
            account = Account(provider=IdentityProvider(row.provider), external_id=row.external_id)
            accounts.setdefault(row.user_id, []).append(account)
        return accounts

    async def _demanded(self, email: str) -> UUID:
        statement = select(User.id).where(
            User.organization_id == self._organization_id,
            func.lower(User.email) == email.lower(),
        )
        id = await self._session.scalar(statement)
        if id is None:
            raise UnknownPersonError(
                f"{email[:200]} is not known: starter.py users add {email[:200]}"
            )
        return id
