"""An orchestration as people are shown it: its row and its events, told as one story."""

from datetime import datetime
from uuid import UUID

from cli.telling import Question, Teller, TestCount
from contracts.choices import TakenOver
from contracts.events import ApprovalRequested, BudgetEscalated, BudgetExceeded
from contracts.issues import TicketEdit
from contracts.jira_work import WorkState
from contracts.ledger import ChainedEvent
from contracts.orchestrations import OrchestrationRow
from contracts.phases import Phase
from contracts.prospects import Prospects
from contracts.teams import Assignment
from policy.story_order import in_playbook_order


class Story(WorkState, frozen=True):
    """`base` is the commit that the whole change counts from. `awaited` also names a pause;
    `exceeded` is the limit that somebody is asked to raise, `escalated` whom that has come to,
    `unmanned` where nobody changes what is to be changed. `unheeding`: the phase that is asked
    about, if it is worked by rules alone, which follow no words. `prospects`, `untold`
    and `edits` (of the ticket, since the attempt began) say more of what is awaited, where
    somebody has looked (cli/awaiting.py)."""

    orchestration_id: UUID
    requested_by: str
    playbook: str
    team: Assignment | None = None
    taken_over: TakenOver | None = None
    base: str | None = None
    started_at: datetime
    completed_at: datetime | None
    failure: str | None
    tests: tuple[TestCount, ...]
    question: Question | None
    asked: ApprovalRequested | None
    exceeded: BudgetExceeded | None = None
    escalated: BudgetEscalated | None = None
    unmanned: tuple[Phase, ...] = ()
    resumable: bool = False
    unheeding: Phase | None = None
    prospects: Prospects | None = None
    untold: str | None = None
    edits: tuple[TicketEdit, ...] = ()


def story_of(row: OrchestrationRow, events: list[ChainedEvent]) -> Story:
    teller = Teller()
    for event in events:
        teller.hear(event)
    if row.status.terminal:
        teller.end()
    started = teller.started
    return Story(
        orchestration_id=row.id,
        issue_key=row.issue_key,
        title=started.ticket.title if started else "",
        attempt=row.attempt,
        status=row.status,
        phase=teller.phases[-1].phase if teller.phases else None,
        branch=row.branch,
        commit=row.commit_sha,
        awaited=teller.awaited(),
        phases=tuple(in_playbook_order(teller.phases)),
        tokens=row.tokens,
        cost=str(row.cost),
        last_sequence=row.last_sequence,
        guidance_waiting=teller.guidance,
        requested_by=row.requested_by,
        playbook=started.playbook.name if started else "",
        team=started.team if started else None,
        taken_over=started.taken_over if started else None,
        base=(started.start_commit or started.base_commit) if started else None,
        started_at=row.started_at,
        completed_at=row.completed_at,
        failure=row.failure,
        tests=tuple(teller.tests),
        question=teller.questions[0] if teller.questions else None,
        asked=teller.gate[0] if teller.gate else None,
        exceeded=teller.budget[0] if teller.budget else None,
        escalated=teller.escalated,
        unmanned=teller.unmanned(),
        resumable=teller.resumable,
        unheeding=teller.unheeding(),
        pause=teller.rest[0] if teller.rest else None,
    )
