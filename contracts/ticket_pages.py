"""All that is kept of a ticket in its tracker, as people look at it."""

from datetime import datetime

from pydantic import BaseModel

from contracts.commands import CheckConclusion, GitProvider, PullRequestStage
from contracts.issues import Ticket


class Check(BaseModel, frozen=True):
    """A check's newest result; `at` is the provider's time."""

    check: str
    conclusion: CheckConclusion
    at: datetime
    commit: str | None
    url: str | None


class Showing(BaseModel, frozen=True):
    """A place in git that names the ticket: a branch, its newest commit, its pull request."""

    provider: GitProvider
    repository: str
    branch: str | None
    commit: str | None
    pull_request: int | None
    pull_request_state: PullRequestStage | None
    pull_request_url: str | None
    checks: tuple[Check, ...]


class TicketComment(BaseModel, frozen=True):
    at: datetime
    author: str
    text: str


class FieldChange(BaseModel, frozen=True):
    """Of one field; what it said is cut."""

    at: datetime
    field: str
    before: str | None
    after: str | None
    by: str


class TicketPage(BaseModel, frozen=True):
    """`status` is that of the ticket in its flow, not of the work on it. The newest `comments` and
    `changes`, in their order."""

    ticket: Ticket
    status: str | None
    reporter: str | None
    completed_at: datetime | None
    showings: tuple[Showing, ...]
    comments: tuple[TicketComment, ...]
    changes: tuple[FieldChange, ...]
