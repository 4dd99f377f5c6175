"""What a dry run is to show, and what it found."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel

from cli.simulation.cast import Cast
from contracts.issues import IssueType, Priority, Ticket
from contracts.levels import Risk
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from contracts.playbooks import Playbook
from contracts.sla import SlaDefinition

KEY = "DRY-1"
REQUESTER = "requester"
Audience = tuple[Cast, tuple[SlaDefinition, ...]]


@dataclass(frozen=True)
class Simulation:
    """`answers_after` is how long each level, and each agent with a question, waits for somebody;
    None: for ever. `project` is whose way of asking the playbook has."""

    playbook: Playbook
    cast: Cast
    service_levels: tuple[SlaDefinition, ...]
    lasts: timedelta
    answers_after: timedelta | None = None
    type: IssueType = IssueType.TASK
    priority: Priority = Priority.MEDIUM
    risk: Risk = Risk.MEDIUM
    project: str | None = None

    def before(self, audience: Audience) -> "Simulation":
        """The same, with these people and service levels."""
        cast, levels = audience
        return replace(self, cast=cast, service_levels=levels)

    @property
    def ticket(self) -> Ticket:
        return Ticket(key=KEY, title="A dry run", type=self.type, priority=self.priority)


class What(StrEnum):
    ASKED = "ASKED"
    REMINDED = "REMINDED"
    ESCALATED = "ESCALATED"
    APPROVED = "APPROVED"
    EXPIRED = "EXPIRED"
    QUESTION = "QUESTION"
    ANSWERED = "ANSWERED"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    BREACH = "BREACH"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Happening(BaseModel, frozen=True):
    """`after` the start. `who` would be told, or has decided; `until` is when their time ends."""

    after: timedelta
    at: datetime
    what: What
    phase: Phase | None = None
    gate: str | None = None
    level: str | None = None
    sla: str | None = None
    who: tuple[str, ...] = ()
    until: datetime | None = None
    text: str = ""


class Rehearsal(BaseModel, frozen=True):
    """`status` is that after all its days; `awaited` says on whom it waits then. `nobody` lists
    levels that no member could decide at, of real members only. `origins` are gates and who asks
    there in the place of the playbook."""

    playbook: str
    type: IssueType
    priority: Priority
    risk: Risk
    lasts: timedelta
    answers_after: timedelta | None
    real_people: bool
    started_at: datetime
    status: OrchestrationStatus
    awaited: str | None
    happenings: tuple[Happening, ...]
    nobody: tuple[str, ...] = ()
    project: str | None = None
    origins: tuple[tuple[str, str], ...] = ()
