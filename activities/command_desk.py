"""Hears a person's command out: which ticket, who asks, may they, was it done before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.webhook_retries import note_retry
from contracts.approvals import Decision
from contracts.commands import (
    CancelWork,
    Decide,
    Effect,
    PersonCommand,
    Proposal,
    StartWork,
    Subject,
)
from contracts.jira_work import WorkOptions
from contracts.orchestrations import OrchestrationStatus
from db.command_trials import CommandTrials, Trial
from db.engine import Sessions
from db.git_integrations import GitIntegrations
from db.issue_origins import IssueOrigins
from db.models import Project
from db.object_marks import ObjectMarks
from db.orchestrations import Orchestrations
from db.pending_approvals import PendingApprovals
from db.user_identities import UserIdentities
from db.webhook_endpoints import was_signed
from db.webhooks import Inbox
from errors import RetryLaterError
from policy.choices import already_completed
from policy.decisions import misses
from policy.webhook_authority import refusal_of

NO_PLAN: Mapping[str, Any] = {}
DONE_BEFORE = Effect(happened=True, note="done before")
NEWER = "something newer was asked for"
WAITS_FOR_OTHERS, LOOK_AGAIN = timedelta(minutes=10), timedelta(seconds=1)


@dataclass(frozen=True)
class Hearing:
    """Somebody who may, and the ticket that is meant. `by` is how we know them."""

    key: str
    by: str


class CommandDesk:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def hear(self, command: PersonCommand) -> Hearing | Effect:
        """A refusal is on record when this comes back. Of several tickets the first is meant; one
        that is not there yet is made for whoever may have it worked."""
        await note_retry(self._sessions, command.delivery)
        async with self._sessions.begin() as session:
            rows = GitIntegrations(session, command.organization_id, command.project_id)
            found = await rows.tickets(command.about)
            new = None if found else await _to_be_made(session, command)
            identities = UserIdentities(session, command.organization_id)
            person = await identities.person(command.by) if command.by else None
            refusal = refusal_of(command, person)
            if not found and new is None:
                if refusal is None:
                    await _note_end(session, command)
                    await _in_turn(session, command)
                return Effect(happened=False, note=f"{_named(command)} is no ticket of ours")
            by = person.email if person else str(command.by or "nobody")
            heard = Hearing(found[0].key if found else _named(command), by)
            if refusal is not None:
                return await _refused(session, command, heard, refusal)
            if new is None:
                return heard
            if not await _reached(session, command, _mark(command)):
                return await _refused(session, command, heard, NEWER)
            return Hearing(await new.make(), by)

    async def begin(
        self, command: PersonCommand, heard: Hearing, plan: Mapping[str, Any] = NO_PLAN
    ) -> Trial | Effect:
        """The effect when it is done already, or too late."""
        async with self._sessions.begin() as session:
            trial = await CommandTrials(session).begin(command, heard.by, heard.key, plan)
            if trial.done:
                return DONE_BEFORE
            is_late = isinstance(command, StartWork | CancelWork) and not await _reached(
                session, command, f"work:{heard.key}"
            )
            return await _refused(session, command, heard, NEWER) if is_late else trial

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

    async def in_turn(self, command: PersonCommand) -> None:
        """Raises RetryLaterError while what was told before may still begin the work."""
        async with self._sessions() as session:
            await _in_turn(session, command)

    async def completed(self, command: StartWork, heard: Hearing) -> str | None:
        """Why its ticket is not worked again by a webhook, if it is completed."""
        async with self._sessions() as session:
            last = await Orchestrations(session, command.organization).latest(heard.key)
        if last is None or last.status is not OrchestrationStatus.COMPLETED:
            return None
        return already_completed(heard.key, last.attempt, WorkOptions())

    async def was_decided(self, command: Decide, decision: Decision) -> bool:
        assert decision.approval_id is not None
        async with self._sessions() as session:
            approvals = PendingApprovals(session, command.organization_id)
            return await approvals.was_decided(decision.approval_id, decision.decision, decision.by)

    async def was_signed(self, command: Decide) -> bool:
        async with self._sessions() as session:
            return await was_signed(session, command.delivery)

    async def settle(self, command: PersonCommand, happened: bool, note: str) -> Effect:
        async with self._sessions.begin() as session:
            await CommandTrials(session).settle(command, happened, note)
        return Effect(happened=happened, note=note)


async def _note_end(session: AsyncSession, command: PersonCommand) -> None:
    """What asked for work before, and comes only now, then makes no ticket."""
    if not isinstance(command, CancelWork):
        return
    about = command.about
    origins = IssueOrigins(session, command)
    if about.issue is not None or await origins.project_of(about.keys) is not None:
        await _reached(session, command, _mark(command))


async def _in_turn(session: AsyncSession, command: PersonCommand) -> None:
    """After an outage all that came meanwhile is processed at once: what makes the ticket, and what
    was said of it a moment later."""
    if isinstance(command, StartWork | CancelWork):
        return  # These go by their time.
    waited = datetime.now(UTC) - activity.info().scheduled_time
    if waited < WAITS_FOR_OTHERS and await Inbox(session).follows_others(command.delivery):
        raise RetryLaterError("what was told before is not processed yet", LOOK_AGAIN)


async def _reached(session: AsyncSession, command: PersonCommand, mark: str) -> bool:
    return await ObjectMarks(session, command.organization_id).reach(mark, command.at)


async def _refused(
    session: AsyncSession, command: PersonCommand, heard: Hearing, why: str
) -> Effect:
    trials = CommandTrials(session)
    trial = await trials.begin(command, heard.by, heard.key, NO_PLAN)
    if not trial.done:
        await trials.settle(command, False, why)
    return Effect(happened=False, note=why)


@dataclass(frozen=True)
class _NewTicket:
    """Of a project of ours, but not there yet."""

    origins: IssueOrigins
    project: Project
    about: Subject
    proposal: Proposal

    async def make(self) -> str:
        return await self.origins.make(self.project, self.about, self.proposal)


async def _to_be_made(session: AsyncSession, command: PersonCommand) -> _NewTicket | None:
    if not isinstance(command, StartWork) or command.proposal is None:
        return None
    origins = IssueOrigins(session, command)
    project = await origins.project_for(command.about, command.proposal)
    if project is None:
        return None
    return _NewTicket(origins, project, command.about, command.proposal)


def _mark(command: PersonCommand) -> str:
    """Of what is no ticket yet. An issue of Jira is named as its ticket will be."""
    issue = command.about.issue
    if issue is not None:
        return f"work:{issue.provider} {issue}"
    return f"work:{next(iter(command.about.keys), command.once)}"


def _named(command: PersonCommand) -> str:
    if command.about.issue is not None:
        return str(command.about.issue)
    place = command.about.place
    where = f"{place.repository} {place.number or place.branch}" if place else "nothing"
    return ", ".join(command.about.keys) or where
