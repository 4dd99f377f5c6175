"""What a ticket is told when work on it has ended."""

from uuid import UUID

from pydantic import BaseModel

from contracts.issues import IssueKey
from contracts.orchestrations import OrchestrationStatus
from contracts.text import Text


class Conclusion(BaseModel, frozen=True):
    """`why` it did not complete; empty when it did. `once` is the same however often it is told,
    and another after a reset: then the work has ended once more. Without `repo_url` nobody looks
    where the branch is."""

    organization: str
    organization_id: UUID
    issue_key: IssueKey
    status: OrchestrationStatus
    attempt: int
    why: Text = ""
    repo_url: str = ""
    branch: str
    commit: str
    tests: Text = ""
    once: str


class Whereabouts(BaseModel, frozen=True):
    """Where a branch was found in its repository. `tip` is None where there is none of its name;
    not `seen`: it could not be looked up."""

    seen: bool = True
    tip: str | None = None
