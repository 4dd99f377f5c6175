"""Approvals that were granted: each stands for as long as what it was given for does."""

from collections.abc import Callable
from uuid import UUID

from contracts.events import ApprovalVoided
from contracts.gates import Asking, GatesState, Granted, Lapsed
from contracts.phases import Phase
from policy.approval_standing import (
    binds_the_work,
    due,
    is_other_work,
    reads_otherwise,
    rules_of,
)
from workflows.journal import Journal

TICKET = "the ticket was changed after it was approved"
WORK = "the work was changed after it was approved"


class ApprovalStanding:
    """Of a run. Whatever becomes void here is recorded at once, and asked again when `due` says
    so."""

    def __init__(self, state: GatesState, journal: Journal) -> None:
        self._state, self._journal = state, journal

    def keep(self, approval_id: UUID, asking: Asking) -> None:
        subject, phase = asking.subject, asking.phase
        granted = Granted(
            approval_id=approval_id,
            gate=asking.gate.name,
            phase=phase,
            ticket_hash=subject.get("ticket_hash"),
            commit=subject.get("commit") if binds_the_work(phase) else None,
            rules=rules_of(asking.gate),
        )
        self._state.granted.append(granted)
        self.follow_ticket()  # It may have changed since the decision was heard.

    def asked(self, gate: str) -> None:
        """The gate asks, for whichever reason."""
        self._state.lapsed = [one for one in self._state.lapsed if one.gate != gate]

    def owe(self, gate: str, phase: Phase, why: str) -> None:
        """Unless it was granted before, or is to be asked anyway."""
        granted = {one.gate for one in self._state.granted}
        if gate not in granted | {one.gate for one in self._state.lapsed}:
            self._state.lapsed.append(Lapsed(gate=gate, phase=phase, why=why))

    def owes(self, phase: Phase) -> bool:
        return any(one.phase is phase for one in self._state.lapsed)

    def follow_ticket(self) -> None:
        now = self._state.ticket_hash
        self._void(lambda one: reads_otherwise(one, now), TICKET, late=False)

    def follow_work(self, commit: str) -> None:
        self._void(lambda one: is_other_work(one, commit), WORK, late=True)

    def take_along(self, before: str, after: str) -> None:
        """What was written since is no part of the work."""
        self._state.granted = [
            one.model_copy(update={"commit": after}) if one.commit == before else one
            for one in self._state.granted
        ]

    def begin(self, phase: Phase) -> None:
        """What was approved of the phase before is made anew."""
        why = f"{phase} is worked again after it was approved"
        self._void(lambda one: one.phase is phase, why, late=True)

    def due(self, coming: Phase | None) -> Lapsed | None:
        return due(self._state.lapsed, coming)

    def end(self) -> None:
        """Nothing is left to be worked or asked: what changes from here on is for a later run."""
        self._state.granted = []

    def _void(self, is_void: Callable[[Granted], bool], why: str, *, late: bool) -> None:
        for one in [one for one in self._state.granted if is_void(one)]:
            self._state.granted.remove(one)
            self._state.lapsed.append(Lapsed(gate=one.gate, phase=one.phase, why=why, late=late))
            if one.approval_id is None:
                continue
            event = ApprovalVoided(
                approval_id=one.approval_id, gate=one.gate, reason=why, granted=True
            )
            self._journal.record(event, phase=one.phase)
