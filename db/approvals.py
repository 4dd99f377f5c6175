"""Every query on who may approve, what waits for approval, and the record of who tried."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, Text, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.approvals import ApprovalStatus
from contracts.commands import IdentityProvider
from contracts.delegations import DelegationScope, scope_of
from contracts.identity import ActorType
from contracts.levels import Approver, Level
from contracts.orchestrations import RUNNING
from contracts.people import account_of
from contracts.playbooks import Gate
from db.members import MEMBERS, NAMED, PRINCIPALS, member_of
from db.models import (
    Approval,
    AuditLog,
    Event,
    Membership,
    Orchestration,
    Organization,
    Team,
    TeamMember,
    User,
)
from db.whose_work import WhoseWork, said_of
from policy.approvals import Member
from policy.commit_authors import accounts_of

MOST = 200
EMAIL = IdentityProvider.EMAIL
AUDITS = AuditLog.metadata.tables[AuditLog.__tablename__]
WRITTEN = ("actor_id", "action", "resource", "resource_id", "result", "reason", "payload")
# A level of an approval, so often escalated.
ESCALATED = (
    select(func.count(Event.event_id.distinct()))
    .where(
        Event.orchestration_id == Approval.orchestration_id,
        Event.event_type == "ApprovalEscalated",
        Event.payload["approval_id"].astext == cast(Approval.id, Text),
        Event.payload["level"].astext == cast(Approval.level, Text),
    )
    .correlate(Approval)
    .scalar_subquery()
)
# What waits for a decision now: a run that was terminated could take nothing back.
ASKED = (
    select(Approval, Orchestration.issue_key, Orchestration.requested_by, ESCALATED)
    .join(Orchestration, Orchestration.id == Approval.orchestration_id)
    .where(Approval.status == ApprovalStatus.PENDING, Orchestration.status.in_(RUNNING))
)
AUDIT = (
    insert(AUDITS)
    .values(
        **{name: bindparam(name) for name in ("id", *WRITTEN)},
        organization_id=select(Organization.id)
        .where(Organization.slug == bindparam("organization"))
        .scalar_subquery(),
        actor_type=ActorType.PERSON,
        timestamp=func.now(),
    )
    .on_conflict_do_nothing()
)


ALLOWED = "ALLOWED"
"""The result of what was let pass; else it is the refusal's name."""


@dataclass(frozen=True)
class AuditEntry:
    """What somebody tried. `once` tells tries of the same thing apart, and makes each of them one
    row."""

    organization: str
    by: str
    action: str
    about: tuple[str, UUID]
    result: str
    reason: str
    payload: dict[str, Any]
    once: str


class WaitingApproval(BaseModel, frozen=True):
    """An approval that is asked for, as people see it."""

    approval_id: UUID
    issue_key: str
    gate: str
    level: int
    revision: int
    asked_of: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime | None
    escalated: int
    policy: Gate

    @property
    def asked_level(self) -> Level:
        return self.policy.level(self.level)


class Approvers:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def member(self, by: str) -> Member | None:
        """By e-mail address, one of their own or one that is linked to them, or by another
        account (contracts/people.py). None for whoever is not a member."""
        account = account_of(by)
        known = (account.provider, account.external_id.lower()) if account else (EMAIL, by.lower())
        found = await self._members(NAMED, addresses=[by.lower()], accounts=[known])
        # An address may be somebody's own and linked to another: their own counts.
        own = [one for one in found if one.email.lower() == by.lower()]
        return next(iter(own or found), None)

    async def principals(self, member: Member, issue_key: str, at: datetime) -> list[Member]:
        """Who has delegated to the member, the longest delegation first."""
        scopes = [scope_of(scope, issue_key) for scope in DelegationScope]
        return await self._members(PRINCIPALS, to=member.user_id, scopes=scopes, at=at)

    async def whose(self, orchestration_id: UUID, requester: str) -> WhoseWork:
        """And that of the attempts that this one goes on with."""
        said = await said_of(self._session, orchestration_id)
        return WhoseWork(
            requesters=await self._known({requester, *said["requested"]}),
            authors=await self._known(said["answered"]) | await self._owners(said["committed"]),
        )

    async def _known(self, names: Iterable[str]) -> frozenset[UUID]:
        """Those of these people who are members."""
        found = [await self.member(name) for name in sorted(names)]
        return frozenset(one.user_id for one in found if one is not None)

    async def _owners(self, addresses: Collection[str]) -> frozenset[UUID]:
        """Members whose addresses in commits these are (policy/commit_authors.py)."""
        if not addresses:
            return frozenset()
        accounts = [account for address in addresses for account in accounts_of(address)]
        found = await self._members(NAMED, addresses=list(addresses), accounts=accounts)
        return frozenset(one.user_id for one in found)

    async def among(self, approvers: Sequence[Approver]) -> list[Member]:
        """The active members that are meant, by e-mail address."""
        statement = MEMBERS.where(User.active, meant(approvers)).order_by(User.email).limit(MOST)
        return await self._members(statement)

    async def named(self, approvers: Sequence[Approver]) -> list[Member]:
        """As `among`, with those who are not active any more."""
        return await self._members(MEMBERS.where(meant(approvers)).order_by(User.email).limit(MOST))

    async def audit(self, tried: AuditEntry) -> None:
        resource, id = tried.about
        row = {
            "id": uuid5(id, tried.once),
            "organization": tried.organization,
            "actor_id": tried.by,
            "action": tried.action,
            "resource": resource,
            "resource_id": str(id),
            "result": tried.result,
            "reason": tried.reason or None,
            "payload": tried.payload,
        }
        await self._session.execute(AUDIT, row)

    async def waiting(self, most: int = MOST) -> list[WaitingApproval]:
        """What is asked for right now, the nearest deadline first."""
        statement = (
            ASKED.join(Organization, Organization.id == Approval.organization_id)
            .where(Organization.slug == self._organization)
            .order_by(Approval.expires_at.nulls_last(), Approval.id)
            .limit(most)
        )
        rows = (await self._session.execute(statement)).all()
        return [_waiting(approval, (key, by), escalated) for approval, key, by, escalated in rows]

    async def _members(self, statement: Select[Any], **given: Any) -> list[Member]:
        rows = await self._session.execute(statement, given | {"organization": self._organization})
        return [member_of(row) for row in rows]


def meant(approvers: Sequence[Approver]) -> ColumnElement[bool]:
    """Of members: those who are one of these."""
    users = [one.user.lower() for one in approvers if one.user]
    roles = [one.role for one in approvers if one.role]
    in_teams = select(TeamMember.user_id).join(Team, Team.id == TeamMember.team_id)
    wanted = [
        User.id.in_(
            in_teams.where(
                Team.active,
                *([TeamMember.role == one.team_role] if one.team_role else []),
                *([Team.name == one.team] if one.team else []),
            )
        )
        for one in approvers
        if one.team or (one.team_role and not one.pool)
    ]
    return or_(func.lower(User.email).in_(users), Membership.role.in_(roles), *wanted)


def _waiting(approval: Approval, work: tuple[str, str], escalated: int) -> WaitingApproval:
    gate = Gate.model_validate(approval.policy)
    return WaitingApproval(
        approval_id=approval.id,
        issue_key=work[0],
        gate=approval.gate,
        level=approval.level,
        revision=approval.revision,
        asked_of=gate.level(approval.level).words(escalated),
        escalated=escalated,
        requested_by=work[1],
        requested_at=approval.requested_at,
        expires_at=approval.expires_at,
        policy=gate,
    )
