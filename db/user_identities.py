"""Every query on whose account is whose."""

from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.commands import Account, IdentityProvider
from contracts.identity import Role
from db.ids import new_id
from db.models import Membership, Organization, User
from db.models.git_integrations import UserIdentity
from errors import PermanentError
from policy.webhook_authority import KnownPerson

# Whose accounts these are (provider, and id there in small letters), as far as somebody has
# vouched for that; `organization` is its slug.
LINKED = (
    select(UserIdentity.user_id)
    .join(Organization, Organization.id == UserIdentity.organization_id)
    .where(
        Organization.slug == bindparam("organization"),
        UserIdentity.verified_at.is_not(None),
        tuple_(UserIdentity.provider, func.lower(UserIdentity.external_id)).in_(
            bindparam("accounts", expanding=True)
        ),
    )
)


class LinkedElsewhereError(PermanentError):
    """The account is somebody else's, and nobody said that it moves."""


class OwnAddressError(PermanentError):
    """The address is another member's own."""


class UserIdentities:
    """Of one organization. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def person(self, account: Account) -> KnownPerson | None:
        """None for accounts that nobody has vouched for, and for people who left."""
        statement = (
            select(User.email, Membership.role)
            .join(UserIdentity, UserIdentity.user_id == User.id)
            .join(Membership, Membership.user_id == User.id)
            .where(
                UserIdentity.organization_id == self._organization_id,
                Membership.organization_id == self._organization_id,
                UserIdentity.provider == account.provider,
                UserIdentity.external_id == account.external_id,
                UserIdentity.verified_at.is_not(None),
                User.active,
            )
        )
        row = (await self._session.execute(statement)).one_or_none()
        return KnownPerson(email=row.email, role=Role(row.role)) if row else None

    async def vouch(
        self, account: Account, user_id: UUID, *, move: bool = False
    ) -> tuple[str, ...]:
        """From now on this account is that person's. Repeatable. Says by their e-mail addresses
        whose it was until now, in whatever letters: only with `move` it changes hands. Raises
        LinkedElsewhereError and OwnAddressError."""
        await self._wait_for_others()
        await self._refuse_own_address(account, user_id)
        holders = await self._holders(account, user_id)
        if holders and not move:
            raise LinkedElsewhereError(
                f"{account} is linked to {' and '.join(holders)}, and counts as them wherever it "
                f"decides or commits. To take it from them: starter.py users link EMAIL {account} "
                "--move"
            )
        await self._give(account, user_id)
        return holders

    async def _wait_for_others(self) -> None:
        """One after the other, until the transaction ends: each sees what the last one linked."""
        organization = select(Organization.id).where(Organization.id == self._organization_id)
        await self._session.execute(organization.with_for_update(key_share=True))

    async def _refuse_own_address(self, account: Account, user_id: UUID) -> None:
        if account.provider is not IdentityProvider.EMAIL:
            return
        statement = (
            select(User.email)
            .join(Membership, Membership.user_id == User.id)
            .where(
                Membership.organization_id == self._organization_id,
                func.lower(User.email) == func.lower(account.external_id),
                User.id != user_id,
            )
        )
        if (own := await self._session.scalar(statement)) is not None:
            raise OwnAddressError(
                f"{own} is a member's own address, and counts as theirs alone: it can be linked "
                "to nobody else."
            )

    async def _holders(self, account: Account, but: UUID) -> tuple[str, ...]:
        statement = (
            select(User.email)
            .join(UserIdentity, UserIdentity.user_id == User.id)
            .where(
                *self._written_anyhow(account),
                UserIdentity.verified_at.is_not(None),
                User.id != but,
            )
            .distinct()
            .order_by(User.email)
        )
        return tuple(await self._session.scalars(statement))

    async def _give(self, account: Account, user_id: UUID) -> None:
        """In other letters as well: who decides is looked up by small ones."""
        theirs = {"user_id": user_id, "verified_at": func.now(), "updated_at": func.now()}
        taken = update(UserIdentity).where(*self._written_anyhow(account)).values(theirs)
        await self._session.execute(taken)
        statement = insert(UserIdentity).values(
            id=new_id(),
            organization_id=self._organization_id,
            user_id=user_id,
            provider=account.provider,
            external_id=account.external_id,
            verified_at=func.now(),
        )
        await self._session.execute(statement.on_conflict_do_nothing())

    def _written_anyhow(self, account: Account) -> tuple[ColumnElement[bool], ...]:
        return (
            UserIdentity.organization_id == self._organization_id,
            UserIdentity.provider == account.provider,
            func.lower(UserIdentity.external_id) == func.lower(account.external_id),
        )
