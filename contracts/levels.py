"""Levels of a gate: who is asked, how many must agree, and what happens when nobody does."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from contracts.identity import Role
from contracts.issues import IssueType, Priority
from contracts.text import Line

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Patience = Annotated[timedelta, Field(gt=timedelta(), le=timedelta(days=365))]
MOST_REMINDERS = 100


class Risk(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class OnTimeout(StrEnum):
    EXPIRE = "expire"
    ESCALATE = "escalate"
    APPROVE_IF_LOW_RISK = "approve_if_low_risk"


class Approver(BaseModel, frozen=True, extra="forbid"):
    """A person by e-mail address, whoever has a role in the organization, or whoever is in a
    team, with `team_role` only who has that role: in any team, where none is named. `pool: team`
    is the team that the ticket is given to: its name comes to `team` when the work is opened."""

    user: Line | None = None
    role: Role | None = None
    team_role: Name | None = None
    team: Name | None = None
    pool: Literal["team"] | None = Field(default=None, exclude_if=lambda pool: pool is None)

    @model_validator(mode="after")
    def _one_of_them(self) -> "Approver":
        of_a_team = self.team_role or self.team or self.pool
        named = [one for one in (self.user, self.role, of_a_team) if one is not None]
        if len(named) != 1:
            raise ValueError("name one of `user`, `role`, `team_role`, `team`, `pool`")
        return self

    def words(self) -> str:
        where = self.team or ("the team that works on it" if self.pool else None)
        if where is not None:
            return f"{self.team_role or 'anyone'} of {where}"
        return self.user or self.team_role or str(self.role).lower()


Approvers = Annotated[tuple[Approver, ...], Field(min_length=1, max_length=20)]


def any_of(approvers: Iterable[Approver]) -> str:
    """`manager or ann@example.org`: each is named once."""
    return " or ".join(dict.fromkeys(one.words() for one in approvers))


class Condition(BaseModel, frozen=True, extra="forbid"):
    """All that is named must hold, else the level is left out. `files_changed` and `diff_size`
    (lines) are the least number; `clean: false` means that something touches security."""

    risk: tuple[Risk, ...] = ()
    clean: bool | None = None
    files_changed: int | None = Field(default=None, ge=1)
    diff_size: int | None = Field(default=None, ge=1)
    issue_types: tuple[IssueType, ...] = ()
    priorities: tuple[Priority, ...] = ()

    @property
    def of_the_change(self) -> bool:
        """Whether the diff must be looked at to know."""
        facts = (self.clean, self.files_changed, self.diff_size)
        return bool(self.risk) or any(fact is not None for fact in facts)

    @property
    def of_the_ticket(self) -> bool:
        """Whether the ticket must be looked at to know."""
        return bool(self.issue_types or self.priorities)


class Escalation(BaseModel, frozen=True, extra="forbid"):
    """Who may decide as well from then on, in anybody's place, and for how long that is waited."""

    approvers: Approvers
    patience: Patience


def demand_few_reminders(each: timedelta | None, longest: timedelta, whose: str = "") -> None:
    """Raises ValueError where there would be too many until the longest patience is over."""
    if each is not None and longest / each > MOST_REMINDERS:
        raise ValueError(
            f"{whose}more than {MOST_REMINDERS} reminders: let `remind` be a hundredth at least of "
            "the longest `patience`, those under `escalation` among them"
        )


class Level(BaseModel, frozen=True, extra="forbid"):
    """`quorum` is so many different people of all those named, or `all`: one for each of them,
    again different people. In order `sequential` they are heard one after the other as named.
    Each `remind` those who have not decided are told again."""

    name: Name
    approvers: Approvers
    quorum: Annotated[int, Field(ge=1, le=20)] | Literal["all"] = 1
    order: Literal["parallel", "sequential"] = "parallel"
    patience: Patience = timedelta(days=7)
    remind: timedelta | None = Field(default=None, ge=timedelta(minutes=1))
    on_timeout: OnTimeout = OnTimeout.EXPIRE
    escalation: tuple[Escalation, ...] = Field(default=(), max_length=10)
    when: Condition = Condition()
    verified: bool = False

    @property
    def needed(self) -> int:
        return len(self.approvers) if self.quorum == "all" else self.quorum

    @model_validator(mode="after")
    def _can_be_passed(self) -> "Level":
        if self.order == "sequential" and self.needed > len(self.approvers):
            raise ValueError(f"level {self.name}: one after the other, each is heard only once")
        people = [one for one in self.approvers if one.user is not None]
        if len(people) == len(self.approvers) and self.needed > len(people):
            raise ValueError(f"level {self.name}: {self.needed} must agree of {len(people)}")
        return self

    @model_validator(mode="after")
    def _time_is_thought_of(self) -> "Level":
        if (self.on_timeout is OnTimeout.ESCALATE) != bool(self.escalation):
            raise ValueError(f"level {self.name}: `escalation` goes with `on_timeout: escalate`")
        longest = max((self.patience, *(step.patience for step in self.escalation)))
        demand_few_reminders(self.remind, longest, f"level {self.name}: ")
        return self

    def asked(self, escalated: int = 0) -> tuple[Approver, ...]:
        """Everybody who may decide after so many escalations."""
        steps = self.escalation[:escalated]
        return (*self.approvers, *(one for step in steps for one in step.approvers))

    def words(self, escalated: int = 0) -> str:
        named = dict.fromkeys(one.words() for one in self.asked(escalated))
        if self.quorum == "all" and len(self.approvers) > 1:
            return " and ".join(named)
        many = f"{self.needed} of " if self.needed > 1 else ""
        return many + " or ".join(named)


class ApprovalPolicy(BaseModel, frozen=True, extra="forbid"):
    """Levels that several gates share: a file in playbooks/approvals/."""

    description: Line = ""
    levels: tuple[Level, ...] = Field(min_length=1, max_length=10)
    allow_requester: bool = False
    allow_author: bool = False
    four_eyes: bool = True
    verified: bool = False
    binding: bool = False

    def words(self) -> str:
        """`tech: lead; boss: 2 of manager`"""
        return "; ".join(f"{level.name}: {level.words()}" for level in self.levels)
