"""One orchestration: a ticket's attempt, as it is opened, read and shown."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from contracts.agents import PhaseSummary, SimilarTicket, TestReport
from contracts.gates import Granted, Lapsed
from contracts.issues import Ticket
from contracts.patterns import Precedent
from contracts.phases import Phase
from contracts.playbooks import Playbook
from contracts.repository_settings import RepositorySettings
from contracts.sla import SlaDefinition
from contracts.teams import Assignment
from contracts.text import Line


class OrchestrationStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def terminal(self) -> bool:
        return self not in RUNNING


RUNNING = (OrchestrationStatus.ACTIVE, OrchestrationStatus.PAUSED)


class CheckpointState(BaseModel, frozen=True):
    """What a later attempt needs to go on from the end of a phase. `granted` and `lapsed`: what
    was approved until then, and what is to be approved again."""

    phase: Phase
    round: int = 1
    skipped: bool = False
    summaries: tuple[PhaseSummary, ...] = ()
    last_tests: TestReport | None = None
    granted: tuple[Granted, ...] = ()
    lapsed: tuple[Lapsed, ...] = ()


class Checkpoint(BaseModel, frozen=True):
    commit: str
    state: CheckpointState


class Opening(BaseModel, frozen=True):
    """What was found when the work was opened; frozen for the whole attempt.
    `base_commit` is where the branch starts, or the restored checkpoint's commit; `start_commit`
    is where the default branch was, which the whole change is seen against."""

    orchestration_id: UUID
    organization_id: UUID
    project_id: UUID
    repo_url: str
    attempt: int
    branch: str
    base_commit: str
    start_commit: str = ""
    ticket: Ticket
    ticket_hash: str
    playbook: Playbook
    playbook_reason: Line = ""
    settings: RepositorySettings = RepositorySettings()
    similar: tuple[SimilarTicket, ...] = ()
    precedent: Precedent | None = None
    team: Assignment | None = None
    service_levels: tuple[SlaDefinition, ...] = ()
    restored: Checkpoint | None = None


class OrchestrationRow(BaseModel, frozen=True):
    """An orchestration as Postgres shows it."""

    id: UUID
    organization_id: UUID
    project_id: UUID
    issue_key: str
    attempt: int
    workflow_id: str
    run_id: UUID
    status: OrchestrationStatus
    current_phase: str | None
    requested_by: str
    branch: str
    commit_sha: str | None
    started_at: datetime
    completed_at: datetime | None
    tokens: int
    cost: Decimal
    last_sequence: int
    failure: str | None
    updated_at: datetime
