"""Caps on what work may use, and what people grant beyond them."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from contracts.identity import Role
from contracts.levels import Approver, Escalation, Level, OnTimeout, Patience, demand_few_reminders
from contracts.phases import Phase
from contracts.text import Comment, Line

# What no honest report exceeds, and every column can hold.
MOST_TOKENS = 10**12
MOST_COST = Decimal(10**6)
OVER_BUDGET, OUT_OF_TIME = "AgentOverBudgetError", "AgentTimeoutError"
NOTHING = Decimal(0)
NO_TIME = timedelta()


class Scope(StrEnum):
    """Of one run of an agent, of an orchestration, of an organization in one day (UTC)."""

    AGENT = "AGENT"
    ORCHESTRATION = "ORCHESTRATION"
    ORGANIZATION = "ORGANIZATION"


class Measure(StrEnum):
    TOKENS = "TOKENS"
    COST = "COST"
    ROUNDS = "ROUNDS"
    TIME = "TIME"

    @property
    def option(self) -> str:
        """Of `budget raise`, which grants more of it."""
        amounts = {Measure.COST: "MONEY", Measure.TIME: "30m"}
        return f"--{self.lower()} {amounts.get(self, 'N')}"


class Caps(BaseModel, frozen=True, extra="forbid"):
    """None: as much as is wanted."""

    tokens: int | None = Field(default=None, ge=1, le=MOST_TOKENS)
    cost: Decimal | None = Field(default=None, gt=0, le=MOST_COST, max_digits=12, decimal_places=6)


NO_CAPS = Caps()


class Bound(BaseModel, frozen=True):
    """A cap as it stands: `limit`, with what was granted, and what is `spent` of it. Of TIME both
    are seconds."""

    scope: Scope
    measure: Measure
    limit: Decimal
    spent: Decimal = NOTHING


def _asked(value: object) -> object:
    """One or several; an e-mail address, or a role, may stand for itself."""
    several = value if isinstance(value, list | tuple) else [value]
    return [_approver(one) for one in several]


def _approver(value: object) -> object:
    if not isinstance(value, str):
        return value
    return {"user": value} if "@" in value else {"role": value.upper()}


Holders = Annotated[
    tuple[Approver, ...], BeforeValidator(_asked), Field(min_length=1, max_length=20)
]
ADMINS = Approver(role=Role.ADMIN)
DEFAULT_HOLDERS = (Approver(role=Role.MANAGER), ADMINS)
A_DAY = timedelta(days=1)
LAST_RESORT = (Escalation(approvers=(ADMINS,), patience=A_DAY),)


class Budget(BaseModel, frozen=True, extra="forbid"):
    """What a playbook's work may use, and who is asked where that is not enough. They are told
    again each `remind`; after `patience`, or at once where nobody is any of them, those under
    `escalation` may grant more as well. Nothing expires: the work waits."""

    agent: Caps = NO_CAPS
    orchestration: Caps = NO_CAPS
    ask: Holders = DEFAULT_HOLDERS
    remind: timedelta | None = Field(default=timedelta(hours=8), ge=timedelta(minutes=1))
    patience: Patience = A_DAY
    escalation: tuple[Escalation, ...] = Field(default=LAST_RESORT, max_length=10)

    @model_validator(mode="after")
    def _names_whom(self) -> "Budget":
        later = (one for step in self.escalation for one in step.approvers)
        if any(one.pool is not None for one in (*self.ask, *later)):
            raise ValueError("`ask` has no `pool`: name the team")
        return self

    @model_validator(mode="after")
    def _time_is_thought_of(self) -> "Budget":
        longest = max((self.patience, *(step.patience for step in self.escalation)))
        demand_few_reminders(self.remind, longest)
        return self

    @property
    def level(self) -> Level:
        """Whom a request is put to, and when. A step that would add nobody is left out."""
        named, steps = set(self.ask), []
        for step in self.escalation:
            if not named.issuperset(step.approvers):
                steps.append(step)
            named.update(step.approvers)
        return Level(
            name="budget",
            approvers=self.ask,
            patience=self.patience,
            remind=self.remind,
            on_timeout=OnTimeout.ESCALATE if steps else OnTimeout.EXPIRE,
            escalation=tuple(steps),
        )


class RaiseBudget(BaseModel, frozen=True):
    """Who grants how much more, and why; or, with `refuse`, ends the work. `by`, `vouched`, `at`
    and `signature` as in a Decision."""

    by: Line = Field(min_length=1)
    comment: Comment = ""
    tokens: int = Field(default=0, ge=0, le=MOST_TOKENS)
    cost: Decimal = Field(default=NOTHING, ge=0, le=MOST_COST, max_digits=12, decimal_places=6)
    rounds: int = Field(default=0, ge=0, le=100)
    time: timedelta = Field(default=NO_TIME, ge=NO_TIME, le=timedelta(hours=24))
    refuse: bool = False
    vouched: bool = False
    at: datetime | None = None
    signature: str | None = Field(default=None, max_length=200)


class Grant(BaseModel, frozen=True):
    """What was granted so far."""

    tokens: int = 0
    cost: Decimal = NOTHING
    rounds: int = 0
    time: timedelta = NO_TIME

    def plus(self, said: RaiseBudget) -> "Grant":
        return Grant(
            tokens=self.tokens + said.tokens,
            cost=self.cost + said.cost,
            rounds=self.rounds + said.rounds,
            time=self.time + said.time,
        )


NO_GRANT = Grant()


class NewDay(BaseModel, frozen=True):
    """The organization's day began anew at `at`, while `bound`, a cap of the day before, was
    waited for."""

    bound: Bound
    at: datetime


class BudgetState(BaseModel):
    """Goes along when the run continues as new. `agents` are by phase and name; `again` counts
    how often an agent was to work anew; `taken` are the signatures that have counted."""

    granted: Grant = NO_GRANT
    agents: dict[str, Grant] = {}
    again: int = 0
    taken: list[str] = []
    new_day: NewDay | None = None


class BudgetRefusal(StrEnum):
    """The `type` of the ApplicationError that a refused `raise_budget` gets."""

    NOT_OPEN = "NOT_OPEN"
    NOT_A_HOLDER = "NOT_A_HOLDER"
    UNVERIFIED = "UNVERIFIED"
    COMMENT_NEEDED = "COMMENT_NEEDED"
    NOTHING_GRANTED = "NOTHING_GRANTED"
    NOTHING_WAITS = "NOTHING_WAITS"
    NO_CAP = "NO_CAP"
    TOO_LITTLE = "TOO_LITTLE"
    TOO_MUCH = "TOO_MUCH"
    ALREADY_RAISED = "ALREADY_RAISED"


class BudgetObjection(BaseModel, frozen=True):
    """What speaks against a raise, whoever says it."""

    refusal: BudgetRefusal
    reason: str


class HoldersQuestion(BaseModel, frozen=True):
    """Who is asked, by name?"""

    organization: str
    ask: tuple[Approver, ...]


class RaiseQuestion(BaseModel, frozen=True):
    """May this person raise the budget? With an `objection` it is refused in any case, and only
    written down."""

    organization: str
    orchestration_id: UUID
    issue_key: str
    ask: tuple[Approver, ...]
    said: RaiseBudget
    heard_at: datetime
    objection: BudgetObjection | None = None


class RaiseAuthority(BaseModel, frozen=True):
    refusal: BudgetRefusal | None = None
    reason: str = ""


class Spender(BaseModel, frozen=True):
    """The agent that asks for more; without one, the work as a whole does."""

    phase: Phase | None = None
    agent: str | None = None

    @property
    def key(self) -> str:
        return f"{self.phase}/{self.agent}"


class DayBudget(BaseModel, frozen=True):
    """An organization's day (UTC): its caps, what people granted on top, what was used."""

    caps: Caps
    granted: Grant = NO_GRANT
    tokens: int = 0
    cost: Decimal = NOTHING
