"""The query on who decides in other people's place."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from contracts.delegations import DelegationScope, scope_of
from db.models import Delegation, Membership, Organization, User


class Delegates:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def of(self, emails: Iterable[str], issue_key: str) -> list[str]:
        """The e-mail addresses of those who may decide on this ticket for one of them now. Whoever
        has left the organization neither lends a right nor uses one."""
        giver, taker = aliased(User), aliased(User)
        lends, uses = aliased(Membership), aliased(Membership)
        statement = (
            select(taker.email)
            .distinct()
            .join(Delegation, Delegation.to_user_id == taker.id)
            .join(giver, giver.id == Delegation.from_user_id)
            .join(Organization, Organization.id == Delegation.organization_id)
            .join(lends, _belongs(lends, Delegation.from_user_id))
            .join(uses, _belongs(uses, Delegation.to_user_id))
            .where(
                Organization.slug == self._organization,
                func.lower(giver.email).in_([email.lower() for email in emails]),
                Delegation.scope.in_([scope_of(scope, issue_key) for scope in DelegationScope]),
                Delegation.until > func.now(),
                taker.active,
            )
            .order_by(taker.email)
        )
        return list(await self._session.scalars(statement))


def _belongs(
    membership: type[Membership], user_id: InstrumentedAttribute[UUID]
) -> ColumnElement[bool]:
    return and_(
        membership.user_id == user_id, membership.organization_id == Delegation.organization_id
    )
