"""Hears a person's command out: which ticket, who asks, may they, was it done before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from activities.retries import note_retry
from contracts.approvals import Decision
from contracts.commands import CancelWork, Decide, Effect, PersonCommand, StartWork
from db.command_trials import CommandTrials, Trial
from db.engine import Sessions
from db.git_integrations import GitIntegrations
from db.object_marks import ObjectMarks
from db.pending_approvals import PendingApprovals
from db.user_identities import UserIdentities
from policy.decisions import misses
from policy.webhook_authority import refusal_of

NO_PLAN: Mapping[str, Any] = {}
DONE_BEFORE = Effect(happened=True, note="done before")


@dataclass(frozen=True)
class Hearing:
    """Somebody who may, and the ticket that is meant. `by` is how we know them."""

    key: str
    by: str


class CommandDesk:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def hear(self, command: PersonCommand) -> Hearing | Effect:
        """A refusal is on record when this comes back. Of several tickets the first is meant."""
        await note_retry(self._sessions, command.delivery)
        async with self._sessions.begin() as session:
            found = await GitIntegrations(session, command.organization_id).tickets(command.about)
            if not found:
                return Effect(happened=False, note=f"{_named(command)} is no ticket of ours")
            key = found[0].key
            identities = UserIdentities(session, command.organization_id)
            person = await identities.person(command.by) if command.by else None
            heard = Hearing(key, person.email if person else str(command.by or "nobody"))
            refusal = refusal_of(command, person)
            if refusal is None:
                return heard
            return await _refused(session, command, heard, refusal)

    async def begin(
        self, command: PersonCommand, heard: Hearing, plan: Mapping[str, Any] = NO_PLAN
    ) -> Trial | Effect:
        """The effect when it is done already, or too late."""
        async with self._sessions.begin() as session:
            trial = await CommandTrials(session).begin(command, heard.by, heard.key, plan)
            if trial.done:
                return DONE_BEFORE
            if isinstance(command, StartWork | CancelWork):
                marks = ObjectMarks(session, command.organization_id)
                if not await marks.reach(f"work:{heard.key}", command.at):
                    return await _refused(session, command, heard, "something newer was asked for")
            return trial

    async def begin_decision(self, command: Decide, heard: Hearing) -> Trial | Effect:
        """The plan says which request is decided on, for as long as this command may be tried."""
        async with self._sessions.begin() as session:
            pending = await PendingApprovals(session, command.organization_id).of(heard.key)
            missed = misses(command, pending)
            plan = {} if pending is None or missed else pending.plan
            trial = await CommandTrials(session).begin(command, heard.by, heard.key, plan)
            if trial.done:
                return DONE_BEFORE
            if trial.plan:
                return trial
            return await _refused(session, command, heard, missed or "nothing is asked")

    async def was_decided(self, command: Decide, decision: Decision) -> bool:
        assert decision.approval_id is not None
        async with self._sessions() as session:
            approvals = PendingApprovals(session, command.organization_id)
            return await approvals.was_decided(decision.approval_id, decision.decision, decision.by)

    async def settle(self, command: PersonCommand, happened: bool, note: str) -> Effect:
        async with self._sessions.begin() as session:
            await CommandTrials(session).settle(command, happened, note)
        return Effect(happened=happened, note=note)


async def _refused(
    session: AsyncSession, command: PersonCommand, heard: Hearing, why: str
) -> Effect:
    trials = CommandTrials(session)
    trial = await trials.begin(command, heard.by, heard.key, NO_PLAN)
    if not trial.done:
        await trials.settle(command, False, why)
    return Effect(happened=False, note=why)


def _named(command: PersonCommand) -> str:
    place = command.about.place
    where = f"{place.repository} {place.number or place.branch}" if place else "nothing"
    return ", ".join(command.about.keys) or where
