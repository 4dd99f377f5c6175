"""Tickets, and the port to whatever tracker keeps them."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import BaseModel, Field

from contracts.text import Comment, Description, Line

ISSUE_KEY = r"^[A-Z][A-Z0-9_]{1,9}-[1-9][0-9]{0,9}$"
PROJECT_KEY = r"^[A-Z][A-Z0-9_]{1,9}$"
IssueKey = Annotated[str, Field(pattern=ISSUE_KEY)]
ProjectKey = Annotated[str, Field(pattern=PROJECT_KEY)]


def project_of(issue_key: str) -> str:
    """The key of the project that the ticket belongs to."""
    return issue_key.rpartition("-")[0]


class IssueType(StrEnum):
    BUG = "BUG"
    FEATURE = "FEATURE"
    STORY = "STORY"
    TASK = "TASK"
    EPIC = "EPIC"
    SPIKE = "SPIKE"
    CHORE = "CHORE"
    TECH_DEBT = "TECH_DEBT"


class Priority(StrEnum):
    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class RelationType(StrEnum):
    BLOCKS = "BLOCKS"
    BLOCKED_BY = "BLOCKED_BY"
    RELATES_TO = "RELATES_TO"
    DUPLICATES = "DUPLICATES"
    DUPLICATED_BY = "DUPLICATED_BY"


class Ticket(BaseModel, frozen=True):
    """What a tracker says of a piece of work. All of its text is data, never instruction.
    `estimate` is in hours."""

    key: IssueKey
    title: Line
    description: Description = ""
    type: IssueType = IssueType.TASK
    priority: Priority = Priority.MEDIUM
    labels: tuple[Line, ...] = ()
    acceptance_criteria: Description = ""
    # Left out of what is written where nobody has said them: hashes of older tickets stay.
    area: Line | None = Field(default=None, exclude_if=lambda area: area is None)
    estimate: Annotated[
        Decimal | None,
        Field(
            gt=0, le=10_000, max_digits=7, decimal_places=2, exclude_if=lambda hours: hours is None
        ),
    ] = None

    @property
    def project_key(self) -> str:
        return project_of(self.key)

    @property
    def text(self) -> str:
        """All that people wrote of it."""
        return f"{self.title}\n{self.description}\n{self.acceptance_criteria}"


class TicketEdit(BaseModel, frozen=True):
    """A field of a ticket that reads differently from before."""

    field: str
    before: str
    after: str


class Tracker(Protocol):
    """The port to a tracker. Each effect is repeatable: told twice, it happens once."""

    async def get(self, organization: str, key: str) -> Ticket:
        """Raises UnknownIssueError."""
        ...

    async def search(self, organization: str, text: str, limit: int) -> list[Ticket]: ...

    async def comment(self, organization: str, key: str, body: Comment, once: str) -> None:
        """`once` is the idempotency key that the comment carries."""
        ...

    async def transition(self, organization: str, key: str, status: str) -> None: ...

    async def link(
        self, organization: str, key: str, other: str, relation: RelationType
    ) -> None: ...
