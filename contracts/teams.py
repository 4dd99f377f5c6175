"""Teams: what they can do, when they have time for it, and which one was given a ticket."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.issues import IssueType, ProjectKey
from contracts.levels import Name
from contracts.text import Line

Hours = Annotated[Decimal, Field(ge=0, le=100_000, max_digits=8, decimal_places=2)]
Skill = Annotated[Line, Field(min_length=1, max_length=60)]
SprintId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]


class AllocationState(StrEnum):
    """RESERVED while the work runs, SPENT once it is completed, FREED when it came to nothing."""

    RESERVED = "RESERVED"
    SPENT = "SPENT"
    FREED = "FREED"


class Takes(BaseModel, frozen=True):
    """What a team takes at all; empty means everything."""

    issue_types: tuple[IssueType, ...] = ()
    projects: tuple[ProjectKey, ...] = ()


class TeamTerms(BaseModel, frozen=True):
    """`capacity` is hours a sprint, and counts where the sprint has none planned."""

    name: Name
    description: Line = ""
    skills: tuple[Skill, ...] = ()
    takes: Takes = Takes()
    capacity: Hours | None = None
    active: bool = True


class Sprint(BaseModel, frozen=True):
    """A team's hours between two days, both included."""

    id: SprintId
    name: Line = ""
    total: Hours
    allocated: Decimal = Decimal(0)
    start_date: date
    end_date: date

    @property
    def free(self) -> Decimal:
        return self.total - self.allocated


class TeamOnHand(BaseModel, frozen=True):
    """A team as it is when a ticket is opened. `free` is None where nobody has said its hours;
    `sprint` where none is planned for today."""

    id: UUID
    name: str
    skills: tuple[str, ...] = ()
    takes: Takes = Takes()
    sprint: str | None = None
    free: Decimal | None = None


class Assignment(BaseModel, frozen=True):
    """The team that a ticket was given to, and why; or why none. `hours` are taken from its
    `sprint`, where there is one."""

    team_id: UUID | None = None
    team: str | None = None
    sprint: str | None = None
    hours: Decimal = Decimal(0)
    reason: Line


class MemberRow(BaseModel, frozen=True):
    email: str
    role: str
    active: bool


class TeamRow(TeamTerms, frozen=True):
    """A team as Postgres shows it."""

    members: tuple[MemberRow, ...] = ()
    sprints: tuple[Sprint, ...] = ()
