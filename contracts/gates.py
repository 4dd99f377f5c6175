"""What a run asks at its gates, and what it remembers of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from contracts.approvals import Decision
from contracts.issues import IssueType, Priority
from contracts.phases import Phase
from contracts.playbooks import Gate
from contracts.risk import Assessment, RiskQuestion
from contracts.text import Line


class AskedBy(BaseModel, frozen=True):
    """Whose work the gate guards."""

    organization: str
    orchestration_id: UUID
    issue_key: str
    requester: Line


class Asking(BaseModel, frozen=True):
    """What is asked at a gate, and at which of its levels (numbers from 1). Without levels nobody
    is asked: no condition holds."""

    gate: Gate
    revision: int
    phase: Phase
    subject: dict[str, Any]
    by: AskedBy
    levels: tuple[int, ...] = (1,)
    assessment: Assessment | None = None


class Guarded(BaseModel, frozen=True):
    """The work that a gate is about: what is shown of it, and the change that it has made."""

    by: AskedBy
    phase: Phase
    subject: dict[str, Any]
    change: RiskQuestion


class TicketQuestion(BaseModel, frozen=True):
    """How does the ticket read now?"""

    organization: str
    issue_key: str


class TicketReading(BaseModel, frozen=True):
    """What conditions of levels go by, and `fingerprint` of the whole ticket that says so."""

    ticket_hash: str
    type: IssueType
    priority: Priority


class HeardDecision(BaseModel, frozen=True):
    """`once` is the id of the update that it came by: the same when it is delivered again."""

    decision: Decision
    heard_at: datetime
    once: str | None = None


class Granted(BaseModel, frozen=True):
    """An approval that stands, and what it stands on: `commit` is None where the gate comes
    before the work, and approves a plan. `rules` is a hash of whom the gate asked, and how.
    `approval_id` is None for one that an earlier attempt was given, and whose ledger is closed."""

    approval_id: UUID | None
    gate: str
    phase: Phase
    ticket_hash: str | None = None
    commit: str | None = None
    rules: str = ""


class Lapsed(BaseModel, frozen=True):
    """A gate whose approval is void, to be asked again: `late`, once nothing is left to be worked
    that could change the work once more, else as soon as its phase lies behind."""

    gate: str
    phase: Phase
    why: Line
    late: bool = False


class GatesState(BaseModel):
    """Goes along when the run continues as new. `revisions`: how often each gate has asked;
    `early`: what was said before it was asked for; `ticket_hash`: of the ticket as it was found
    changed since the work was opened."""

    revisions: dict[str, int] = {}
    early: list[HeardDecision] = []
    ticket_hash: str | None = None
    granted: list[Granted] = []
    lapsed: list[Lapsed] = []
