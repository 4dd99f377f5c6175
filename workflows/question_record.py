"""What happens to an agent's question, as the journal keeps it."""

from uuid import UUID

from contracts.agents import Answer
from contracts.events import (
    Event,
    NotificationRequested,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
)
from contracts.gates import AskedBy
from contracts.identity import SYSTEM, Actor, ActorType, person
from contracts.notifications import NotificationRequest, Occasion
from contracts.phases import Phase
from contracts.text import clipped
from policy.approval_stages import Stage
from policy.moments import in_utc
from policy.questions import told_as_well
from workflows.journal import Journal


class QuestionRecord:
    """Of one question."""

    def __init__(self, agent: str, phase: Phase, text: str, journal: Journal) -> None:
        self.agent, self.text = agent, text
        self._phase, self._journal = phase, journal

    def asked(self) -> None:
        self._note(QuestionAsked(question=self.text), Actor(type=ActorType.AGENT, id=self.agent))

    def answered(self, answer: Answer) -> None:
        self._note(QuestionAnswered(question=self.text, answer=answer.text), person(answer.by))

    def withdrawn(self, why: str) -> None:
        self._note(QuestionWithdrawn(question=self.text, reason=why))

    def reminded(self, id: UUID, stage: Stage, by: AskedBy) -> None:
        """`id` is the question's own."""
        since = f"{self.agent} waits since {in_utc(stage.since)}"
        request = NotificationRequest(
            organization=by.organization,
            key=f"reminder:{id}:{stage.reminded}",
            event_type="QuestionAsked",
            occasion=Occasion(
                issue_key=by.issue_key,
                phase=self._phase,
                reason=clipped(f"reminder {stage.reminded}, {since}: {self.text}"),
            ),
            orchestration_id=by.orchestration_id,
            people=(by.requester,),
            roles=told_as_well(stage),
        )
        self._note(NotificationRequested(request=request))

    def _note(self, event: Event, actor: Actor = SYSTEM) -> None:
        self._journal.record(event, phase=self._phase, agent=self.agent, actor=actor)
