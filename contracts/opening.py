"""What the first activity of a run is asked."""

from uuid import UUID

from pydantic import BaseModel, model_validator

from contracts.choices import NO_CHOICES, Choices, TakenOver
from contracts.jira_work import PlannedPhase, WorkOptions, WorkOrder
from contracts.orchestrations import Opening
from contracts.phases import Phase
from contracts.text import Line


class OpenRequest(BaseModel, frozen=True):
    """`orchestration_id` is made by the workflow, so that a repeated opening is the same one."""

    order: WorkOrder
    orchestration_id: UUID
    workflow_id: str


class Opened(BaseModel, frozen=True):
    """`choices` and `options` are those that hold, with what was taken over; without `options`,
    those of the order do."""

    opening: Opening
    planned: tuple[PlannedPhase, ...]
    first: Phase
    choices: Choices = NO_CHOICES
    options: WorkOptions | None = None
    taken_over: TakenOver | None = None

    @property
    def worked(self) -> tuple[Phase, ...]:
        return tuple(step.phase for step in self.planned if step.skipped_because is None)


class BranchQuestion(BaseModel, frozen=True):
    """Asks for a branch's tip; makes the branch at `base_commit` when there is none yet."""

    repo_url: str
    branch: str
    base_commit: str


class BranchTip(BaseModel, frozen=True):
    """Where a branch is, and by whom: e-mail addresses, in small letters, of those who wrote or
    committed what came upon `base_commit`. A commit may name anybody."""

    commit: str
    authors: tuple[Line, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _was_once_the_commit_alone(cls, data: object) -> object:
        return {"commit": data} if isinstance(data, str) else data
