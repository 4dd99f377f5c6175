"""What happens to a request for a higher budget, as the journal keeps it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.budgets import Bound, Spender
from contracts.events import (
    BudgetEscalated,
    BudgetExceeded,
    BudgetRefused,
    BudgetWithdrawn,
    Event,
    NotificationRequested,
)
from contracts.gates import AskedBy
from contracts.identity import SYSTEM, Actor
from contracts.jira_work import Awaited
from contracts.notifications import NotificationRequest, Occasion
from policy.approval_stages import Stage
from policy.budget_stages import added_at, asked_by_now, why_escalated, why_unheld
from policy.budgets import said_of_bound
from policy.moments import in_utc
from workflows.journal import Journal


class BudgetRecord:
    """Of one request."""

    def __init__(self, id: UUID, bound: Bound, spender: Spender, journal: Journal) -> None:
        self._id, self._bound, self._spender, self._journal = id, bound, spender, journal
        self.reason = said_of_bound(bound)

    def exceeded(self, stage: Stage, people: tuple[str, ...]) -> Awaited:
        event = BudgetExceeded(
            bound=self._bound, reason=self.reason, ask=stage.level.approvers, people=people
        )
        self.note(event)
        return Awaited(what=event.what(), whom=event.words(), since=stage.since)

    def escalated(self, stage: Stage, people: tuple[str, ...], *, unheld: bool) -> str:
        """Whom it waits for from now on."""
        why = why_escalated(stage, unheld=unheld)
        return self._escalated(stage, why=why, added=added_at(stage), people=people, unheld=unheld)

    def nobody(self, stage: Stage) -> str:
        """Could grant more, and nobody is left to be asked instead."""
        return self._escalated(stage, why=why_unheld(stage), unheld=True)

    def reminded(self, stage: Stage, people: Sequence[str], by: AskedBy) -> None:
        which = f"{stage.escalated}:{stage.reminded}"
        since = f"it has waited since {in_utc(stage.since)}"
        request = NotificationRequest(
            organization=by.organization,
            key=f"reminder:{self._id}:{which}",
            event_type="BudgetExceeded",
            occasion=Occasion(
                issue_key=by.issue_key,
                phase=self._spender.phase,
                reason=f"reminder {stage.reminded}: {self.reason}, and {since}",
            ),
            orchestration_id=by.orchestration_id,
            people=tuple(people),
        )
        self.note(NotificationRequested(request=request))

    def refused(self, comment: str, by: Actor) -> None:
        self.note(BudgetRefused(bound=self._bound, comment=comment), by)

    def withdrawn(self, reason: str) -> None:
        self.note(BudgetWithdrawn(bound=self._bound, reason=reason))

    def note(self, event: Event, actor: Actor = SYSTEM) -> None:
        spender = self._spender
        self._journal.record(event, phase=spender.phase, agent=spender.agent, actor=actor)

    def _escalated(self, stage: Stage, **rest: Any) -> str:
        ask, since = asked_by_now(stage), stage.since
        event = BudgetEscalated(bound=self._bound, reason=self.reason, since=since, ask=ask, **rest)
        self.note(event)
        return event.words()
