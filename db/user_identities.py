"""Every query on whose account is whose."""

from uuid import UUID

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.commands import Account
from contracts.identity import Role
from db.ids import new_id
from db.models import Membership, Organization, User
from db.models.git_integrations import UserIdentity
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

    async def vouch(self, account: Account, user_id: UUID) -> None:
        """From now on this account is that person. Repeatable; an account that was somebody
        else's changes hands."""
        statement = insert(UserIdentity).values(
            id=new_id(),
            organization_id=self._organization_id,
            user_id=user_id,
            provider=account.provider,
            external_id=account.external_id,
            verified_at=func.now(),
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=[
                    UserIdentity.organization_id,
                    UserIdentity.provider,
                    UserIdentity.external_id,
                ],
                set_={"user_id": user_id, "verified_at": func.now(), "updated_at": func.now()},
            )
        )
