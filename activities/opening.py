"""The activity that opens a ticket's work: everything that is frozen for the attempt."""

import asyncio

from temporalio import activity

from activities.default_branches import DefaultBranches
from activities.heartbeats import heartbeats
from clients.playbooks import PlaybookFolder
from contracts.issues import Ticket, Tracker
from contracts.jira_work import PlannedPhase
from contracts.opening import Opened, OpenRequest
from contracts.orchestrations import Checkpoint, Opening, OrchestrationStatus
from contracts.phases import Phase
from contracts.playbooks import Playbook
from db.engine import Sessions
from db.openings import Before, Openings
from db.sla import ServiceLevels
from errors import (
    AlreadyCompletedError,
    NothingToResumeError,
    NothingToWorkError,
    RefusedAgentError,
)
from policy.branches import branch_of
from policy.ledger import fingerprint
from policy.phases import phase_after
from policy.playbook_choice import Choice, chosen
from policy.playbooks import planned, with_coder
from policy.repository_settings import refusal, refused_agents
from policy.sla import matching


class OpeningActivities:
    def __init__(
        self,
        sessions: Sessions,
        tracker: Tracker,
        playbooks: PlaybookFolder,
        branches: DefaultBranches,
    ) -> None:
        self._sessions, self._tracker = sessions, tracker
        self._playbooks, self._branches = playbooks, branches

    @activity.defn
    async def open_orchestration(self, request: OpenRequest) -> Opened:
        """Repeatable: writes nothing but the end of runs that Temporal's id proves dead. Raises
        UnknownIssueError, UnknownPlaybookError, AlreadyCompletedError, NothingToResumeError, and
        what the repository raises."""
        order = request.order
        ticket = await self._tracker.get(order.organization, order.issue_key)
        async with self._sessions.begin() as session:
            before = await Openings(session).before(request, ticket)
            levels = await ServiceLevels(session, before.organization_id).definitions()
        playbook, reason = await asyncio.to_thread(self._playbook, request, ticket, before)
        restored = _restored(request, before)
        async with heartbeats():
            main = await self._branches.of(before.organization_id, before.repo_url)
        if refused := refused_agents(playbook, main.settings):
            raise RefusedAgentError(refusal(refused, main.settings))
        opening = Opening(
            orchestration_id=request.orchestration_id,
            organization_id=before.organization_id,
            project_id=before.project_id,
            repo_url=before.repo_url,
            attempt=before.attempt,
            branch=branch_of(order.issue_key, before.attempt),
            base_commit=restored.commit if restored else main.commit,
            start_commit=main.commit,
            ticket=ticket,
            ticket_hash=fingerprint(ticket.model_dump(mode="json")),
            playbook=playbook,
            playbook_reason=reason,
            settings=main.settings,
            similar=before.similar,
            service_levels=matching(levels, ticket.type, ticket.priority),
            restored=restored,
        )
        return _planned(opening, request)

    def _playbook(
        self, request: OpenRequest, ticket: Ticket, before: Before
    ) -> tuple[Playbook, str]:
        """And why this one. What is resumed goes on as it began, agents and all, unless the order
        says otherwise."""
        order = request.order
        if order.options.resume and before.playbook and not (order.playbook or order.coder):
            return before.playbook, "as the attempt that is resumed"
        choice = Choice(order.playbook, "asked for") if order.playbook else None
        choice = choice or chosen(ticket, set(self._playbooks.names()))
        playbook = self._playbooks.load(choice.playbook)
        if order.coder:
            playbook = with_coder(playbook, order.coder, order.coder_environment)
        return playbook, choice.reason


def _restored(request: OpenRequest, before: Before) -> Checkpoint | None:
    options, key = request.order.options, request.order.issue_key
    if options.resume:
        if before.checkpoint is None:
            where = f" after {options.resume_after}" if options.resume_after else ""
            raise NothingToResumeError(
                f"{key} has no checkpoint{where} to go on from. Work it from the start instead."
            )
        return before.checkpoint
    if before.last_status is OrchestrationStatus.COMPLETED and not options.again:
        raise AlreadyCompletedError(
            f"{key} is completed (attempt {before.attempt - 1}). Say --again to work it once more."
        )
    return None


def _worked_before(step: PlannedPhase, start: Phase | None) -> PlannedPhase:
    order = list(Phase)
    if start is None or order.index(step.phase) >= order.index(start):
        return step
    return step.model_copy(update={"skipped_because": "worked in an earlier attempt"})


def _planned(opening: Opening, request: OpenRequest) -> Opened:
    """A restored attempt starts behind its checkpoint. FIX never stands alone: only TEST says
    what to fix, so both are planned."""
    options, first = request.order.options, request.order.options.start
    if opening.restored is not None:
        first = phase_after(opening.playbook, opening.restored.state)
        if first is None:
            raise NothingToResumeError(f"{opening.ticket.key}: its last phase was worked already.")
    start = Phase.TEST if first is Phase.FIX else first
    plan = planned(opening.playbook, options.model_copy(update={"start": start}))
    if opening.restored is not None:
        plan = tuple(_worked_before(step, start) for step in plan)
    worked = [step.phase for step in plan if step.skipped_because is None]
    if not worked:
        raise NothingToWorkError("with these options every phase of the playbook is skipped")
    if first is Phase.FIX and opening.restored is not None and Phase.FIX in worked:
        return Opened(opening=opening, planned=plan, first=Phase.FIX)
    return Opened(opening=opening, planned=plan, first=worked[0])
