"""What the first activity of a run is asked."""

from uuid import UUID

from pydantic import BaseModel

from contracts.jira_work import PlannedPhase, WorkOrder
from contracts.orchestrations import Opening
from contracts.phases import Phase


class OpenRequest(BaseModel, frozen=True):
    """`orchestration_id` is made by the workflow, so that a repeated opening is the same one."""

    order: WorkOrder
    orchestration_id: UUID
    workflow_id: str


class Opened(BaseModel, frozen=True):
    opening: Opening
    planned: tuple[PlannedPhase, ...]
    first: Phase

    @property
    def worked(self) -> tuple[Phase, ...]:
        return tuple(step.phase for step in self.planned if step.skipped_because is None)


class BranchQuestion(BaseModel, frozen=True):
    """Asks for a branch's tip; makes the branch at `base_commit` when there is none yet."""

    repo_url: str
    branch: str
    base_commit: str
