"""Every query on teams, their members and their sprints."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, Select, bindparam, cast, delete, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.teams import MemberRow, Sprint, Takes, TeamOnHand, TeamRow, TeamTerms
from db.ids import new_id
from db.models import Membership, Team, TeamCapacity, TeamMember, User
from db.projections.counts import Counted, Counts
from errors import AbsentError

SHOWN_SPRINTS = 5
# A sprint's days are those of UTC, wherever the server stands.
DAY = func.coalesce(bindparam("day", type_=Date), cast(func.timezone("UTC", func.now()), Date))
RUNNING = (
    select(TeamCapacity.sprint_id, TeamCapacity.remaining_hours)
    .where(
        TeamCapacity.team_id == Team.id,
        TeamCapacity.start_date <= DAY,
        TeamCapacity.end_date >= DAY,
    )
    .order_by(TeamCapacity.start_date.desc(), TeamCapacity.sprint_id.desc())
    .limit(1)
    .lateral("running")
)
ON_HAND = (
    select(
        *(Team.id, Team.name, Team.skills, Team.constraints, Team.capacity_hours),
        *(RUNNING.c.sprint_id, RUNNING.c.remaining_hours),
    )
    .outerjoin(RUNNING, true())
    .where(
        Team.organization_id == bindparam("organization_id"),
        Team.active,
        select(TeamMember.id).where(TeamMember.team_id == Team.id).exists(),
    )
    .order_by(Team.name)
)


class UnknownTeamError(AbsentError):
    """No team of this name in the organization."""


class NoMemberError(AbsentError):
    """Not somebody of the organization, or not of the team."""


class Teams:
    """One organization's. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def put(self, terms: TeamTerms) -> bool:
        """Makes the team, or changes it to these terms. True when it is new."""
        known = await self._session.scalar(self._named(terms.name))
        values = {
            "description": terms.description or None,
            "skills": list(terms.skills),
            "constraints": terms.takes.model_dump(mode="json"),
            "capacity_hours": terms.capacity,
            "active": terms.active,
        }
        statement = insert(Team).values(
            id=new_id(), organization_id=self._organization_id, name=terms.name, **values
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=[Team.organization_id, Team.name],
                set_={**values, "updated_at": func.now()},
            )
        )
        return known is None

    async def put_member(self, name: str, email: str, role: str) -> None:
        """With this role from now on. Raises UnknownTeamError, NoMemberError."""
        team = await self._demand(name)
        statement = insert(TeamMember).values(
            id=new_id(),
            organization_id=self._organization_id,
            team_id=team.id,
            user_id=await self._person(email),
            role=role,
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=[TeamMember.team_id, TeamMember.user_id],
                set_={"role": role, "updated_at": func.now()},
            )
        )

    async def remove_member(self, name: str, email: str) -> None:
        """Raises UnknownTeamError, NoMemberError."""
        team, person = await self._demand(name), await self._person(email)
        member = (TeamMember.team_id == team.id, TeamMember.user_id == person)
        gone = await self._session.scalar(
            delete(TeamMember).where(*member).returning(TeamMember.id)
        )
        if gone is None:
            raise NoMemberError(f"{email[:200]} is not in {name}.")

    async def plan(self, name: str, sprint: Sprint) -> None:
        """Makes the sprint or changes it. What is allocated in it stays what it is.
        Raises UnknownTeamError."""
        team = await self._demand(name)
        values = {
            "sprint_name": sprint.name or None,
            "total_capacity": sprint.total,
            "start_date": sprint.start_date,
            "end_date": sprint.end_date,
        }
        statement = insert(TeamCapacity).values(
            id=new_id(),
            organization_id=self._organization_id,
            team_id=team.id,
            sprint_id=sprint.id,
            **values,
        )
        id = await self._session.scalar(
            statement.on_conflict_do_update(
                index_elements=[TeamCapacity.team_id, TeamCapacity.sprint_id],
                set_={**values, "updated_at": func.now()},
            ).returning(TeamCapacity.id)
        )
        assert id is not None
        await Counts(self._session).count(Counted(sprints=frozenset({id})))

    async def all(self) -> list[TeamRow]:
        """By name, with members and the newest sprints."""
        members, sprints = await self._members(), await self._sprints()
        mine = select(Team).where(Team.organization_id == self._organization_id)
        teams = (await self._session.scalars(mine.order_by(Team.name))).all()
        return [
            TeamRow(
                **dict(_terms(team)),
                members=tuple(members.get(team.id, ())),
                sprints=tuple(sprints.get(team.id, ())[:SHOWN_SPRINTS]),
            )
            for team in teams
        ]

    async def on_hand(self, day: date | None = None) -> list[TeamOnHand]:
        """The active teams that have anybody in them, with what is free in the day's sprint; of
        several, the one that began last. Today where no day is said."""
        which = {"organization_id": self._organization_id, "day": day}
        return [_on_hand(row) for row in await self._session.execute(ON_HAND, which)]

    async def _members(self) -> dict[UUID, list[MemberRow]]:
        statement = (
            select(TeamMember.team_id, User.email, TeamMember.role, User.active)
            .join(User, User.id == TeamMember.user_id)
            .where(TeamMember.organization_id == self._organization_id)
            .order_by(User.email)
        )
        found: dict[UUID, list[MemberRow]] = {}
        for team_id, email, role, active in (await self._session.execute(statement)).all():
            found.setdefault(team_id, []).append(MemberRow(email=email, role=role, active=active))
        return found

    async def _sprints(self) -> dict[UUID, list[Sprint]]:
        """The newest first."""
        statement = (
            select(TeamCapacity)
            .where(TeamCapacity.organization_id == self._organization_id)
            .order_by(TeamCapacity.start_date.desc(), TeamCapacity.sprint_id.desc())
        )
        found: dict[UUID, list[Sprint]] = {}
        for row in (await self._session.scalars(statement)).all():
            found.setdefault(row.team_id, []).append(_sprint(row))
        return found

    async def _person(self, email: str) -> UUID:
        statement = (
            select(User.id)
            .join(Membership, Membership.user_id == User.id)
            .where(
                Membership.organization_id == self._organization_id,
                func.lower(User.email) == email.lower(),
            )
        )
        id = await self._session.scalar(statement)
        if id is None:
            raise NoMemberError(f"{email[:200]} is not known: starter.py users add {email[:200]}")
        return id

    async def _demand(self, name: str) -> Team:
        team = await self._session.scalar(self._named(name))
        if team is None:
            raise UnknownTeamError(
                f"There is no team {name[:80]}: starter.py teams add {name[:80]}"
            )
        return team

    def _named(self, name: str) -> Select[Team]:
        return select(Team).where(Team.organization_id == self._organization_id, Team.name == name)


def _terms(team: Team) -> TeamTerms:
    return TeamTerms(
        name=team.name,
        description=team.description or "",
        skills=tuple(team.skills),
        takes=Takes.model_validate(team.constraints),
        capacity=team.capacity_hours,
        active=team.active,
    )


def _sprint(row: TeamCapacity) -> Sprint:
    return Sprint(
        id=row.sprint_id,
        name=row.sprint_name or "",
        total=row.total_capacity,
        allocated=row.allocated_hours,
        start_date=row.start_date,
        end_date=row.end_date,
    )


def _on_hand(row: Row[Any]) -> TeamOnHand:
    return TeamOnHand(
        id=row.id,
        name=row.name,
        skills=tuple(row.skills),
        takes=Takes.model_validate(row.constraints),
        sprint=row.sprint_id,
        free=row.remaining_hours if row.sprint_id else row.capacity_hours,
    )
