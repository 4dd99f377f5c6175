"""Statements on who belongs to an organization, built once: each decision asks several of them.

`organization` is its slug.
"""

from typing import Any

from sqlalchemy import Row, bindparam, func, or_, select

from contracts.identity import Role
from db.models import Delegation, Membership, Organization, Team, TeamMember, User
from db.user_identities import LINKED
from policy.approvals import Member

TEAMS = (
    select(func.jsonb_agg(func.jsonb_build_array(Team.name, TeamMember.role)))
    .select_from(TeamMember)
    .join(Team, Team.id == TeamMember.team_id)
    .where(TeamMember.user_id == User.id, Team.active)
    .correlate(User)
    .scalar_subquery()
    .label("teams")
)
MEMBERS = (
    select(User.id, User.email, Membership.role, User.active, TEAMS)
    .join(Membership, Membership.user_id == User.id)
    .join(Organization, Organization.id == Membership.organization_id)
    .where(Organization.slug == bindparam("organization"))
)
# By addresses of their own, in small letters, and by accounts.
NAMED = MEMBERS.where(
    or_(
        func.lower(User.email).in_(bindparam("addresses", expanding=True)),
        User.id.in_(LINKED),
    )
)
DELEGATED = (
    select(Delegation.from_user_id, func.max(Delegation.until).label("until"))
    .join(Organization, Organization.id == Delegation.organization_id)
    .where(
        Organization.slug == bindparam("organization"),
        Delegation.to_user_id == bindparam("to"),
        Delegation.scope.in_(bindparam("scopes", expanding=True)),
        Delegation.until > bindparam("at"),
    )
    .group_by(Delegation.from_user_id)
    .subquery()
)
# The longest delegation first.
PRINCIPALS = MEMBERS.join(DELEGATED, DELEGATED.c.from_user_id == User.id).order_by(
    DELEGATED.c.until.desc(), User.id
)


def member_of(row: Row[Any]) -> Member:
    teams = tuple((str(team), str(role)) for team, role in row.teams or ())
    return Member(
        user_id=row.id, role=Role(row.role), active=row.active, email=row.email, teams=teams
    )
