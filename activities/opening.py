"""The activity that opens a ticket's work: everything that is frozen for the attempt."""

from temporalio import activity

from activities.default_branches import DefaultBranches
from activities.heartbeats import heartbeats
from activities.playbooks import Playbooks
from activities.predecessors import Predecessors
from activities.tickets import Tickets
from contracts.issues import Ticket
from contracts.jira_work import PlannedPhase
from contracts.opening import Opened, OpenRequest
from contracts.orchestrations import Checkpoint, Opening, OrchestrationStatus
from contracts.phases import Phase
from contracts.playbooks import Playbook
from db.openings import Before
from errors import (
    AlreadyCompletedError,
    NoTeamError,
    NothingToResumeError,
    NothingToWorkError,
    RefusedAgentError,
)
from policy.approval_policies import overridden
from policy.approval_standing import taken_over
from policy.assignment import given, pooled, with_team
from policy.branches import branch_of, is_pushed_first, open_to_work_on
from policy.budgets import with_caps
from policy.choices import Settled, already_completed, manned, settled
from policy.phases import phase_after
from policy.playbook_choice import PlaybookChoice, chosen
from policy.playbooks import first_of, planned
from policy.pull_requests import IN_PROGRESS
from policy.repository_settings import refusal, refused_agents
from policy.sla import matching
from policy.ticket_readings import reading_of


class OpeningActivities:
    def __init__(
        self,
        predecessors: Predecessors,
        tickets: Tickets,
        playbooks: Playbooks,
        branches: DefaultBranches,
    ) -> None:
        self._predecessors, self._tickets = predecessors, tickets
        self._playbooks, self._branches = playbooks, branches

    @activity.defn
    async def open_orchestration(self, request: OpenRequest) -> Opened:
        """Repeatable: writes nothing but the end of runs that Temporal's id proves dead, and that
        the ticket is in progress. Raises UnknownIssueError, UnknownPlaybookError,
        AlreadyCompletedError, NothingToResumeError, ForeignCommitsError, and what the repository
        raises."""
        async with heartbeats():
            return await self._opened(request)

    async def _opened(self, request: OpenRequest) -> Opened:
        order = request.order
        ticket = await self._tickets.get(order.organization, order.issue_key)
        before = await self._predecessors.of(request, ticket)
        levels = matching(before.levels, ticket.type, ticket.priority)
        frozen, by, stands = await self._frozen(request, ticket, before)
        opened = _planned(frozen.model_copy(update={"service_levels": levels}), by)
        _demand_team(opened)
        await self._demand_free(opened, stands)
        if not order.options.dry_run and not before.led:
            await self._tickets.move(order.organization, ticket.key, IN_PROGRESS)
        return opened

    async def _demand_free(self, opened: Opened, stands: str | None) -> None:
        """Of the attempt's branch, before anybody is paid. A run that has begun before was reset:
        it goes on on a branch of its own."""
        opening = opened.opening
        if stands is None or stands in open_to_work_on(opening.base_commit):
            return
        steps = [step for step in opening.playbook.phases if step.phase in opened.worked]
        if not is_pushed_first(agent for step in steps for agent in step.agents):
            return
        if await self._predecessors.began(opening.orchestration_id):
            return
        raise await self._branches.taken(opening, stands)

    async def _frozen(
        self, request: OpenRequest, ticket: Ticket, before: Before
    ) -> tuple[Opening, Settled, str | None]:
        """And where the attempt's branch stands, if there is one already."""
        playbook, by, reason = await self._playbook(request, ticket, before)
        team = given(ticket, before.teams, before.team)
        restored = _restored(request, before)
        branch = branch_of(ticket.key, before.attempt)
        main = await self._branches.of(before.organization_id, before.repo_url, branch)
        # Approvers that are a pool get their team now.
        playbook = with_team(playbook, team.team if team else None)
        playbook = with_caps(playbook, request.order.options.budget)
        if refused := refused_agents(playbook, main.settings):
            raise RefusedAgentError(refusal(refused, main.settings))
        opening = Opening(
            orchestration_id=request.orchestration_id,
            organization_id=before.organization_id,
            project_id=before.project_id,
            repo_url=before.repo_url,
            attempt=before.attempt,
            branch=branch,
            base_commit=restored.commit if restored else main.commit,
            start_commit=main.commit,
            ticket=ticket,
            ticket_hash=reading_of(ticket).ticket_hash,
            playbook=playbook,
            playbook_reason=reason,
            settings=main.settings,
            similar=before.similar,
            precedent=before.precedent,
            team=team,
            restored=restored,
        )
        return opening, by, main.attempts

    async def _playbook(
        self, request: OpenRequest, ticket: Ticket, before: Before
    ) -> tuple[Playbook, Settled, str]:
        """And what it was chosen by, and why this one. What is resumed goes on as it began, agents
        and all, unless the order says otherwise; at gates, each attempt asks as its project says
        by then."""
        by, key = settled(request.order, before.earlier), ticket.project_key
        if by.frozen is not None:
            playbook = await self._as_the_project_asks(by.frozen, key, before)
            return playbook, by, "as the attempt that is resumed"
        choice = _named(by) or chosen(ticket, set(await self._playbooks.names()))
        playbook = await self._playbooks.load(before.organization_id, choice.playbook)
        playbook = await self._as_the_project_asks(playbook, key, before)
        return *manned(playbook, by), choice.reason

    async def _as_the_project_asks(self, playbook: Playbook, key: str, before: Before) -> Playbook:
        """At its gates. Raises UnknownPlaybookError for a policy that is not there any more."""
        asked = before.approvals
        policies = {name: await self._playbooks.policy(name) for name in sorted(asked.named)}
        return overridden(playbook, asked, policies, key)


def _named(by: Settled) -> PlaybookChoice | None:
    name, taken = by.choices.playbook, by.taken_over
    if name is None:
        return None
    as_before = taken is not None and taken.playbook is not None
    return PlaybookChoice(
        name, f"as in attempt {taken.attempt}" if taken and as_before else "asked for"
    )


def _demand_team(opened: Opened) -> None:
    """Where a gate asks the team that works on it: without one nobody could ever decide."""
    team, key = opened.opening.team, opened.opening.ticket.project_key
    steps = opened.opening.playbook.phases
    asked = {step.phase for step in opened.planned if step.asked}
    if gate := pooled(step for step in steps if step.phase in asked.union(opened.worked)):
        why = team.reason if team else "there is no active team with anybody in it"
        raise NoTeamError(
            f"Gate {gate} asks the team that works on the ticket, and no team fits: {why}. Make "
            f"one that does: starter.py teams add NAME --skill SKILL. Or let the gate ask others: "
            f"starter.py project approvals {key} --gate {gate}"
        )


def _restored(request: OpenRequest, before: Before) -> Checkpoint | None:
    options, key = request.order.options, request.order.issue_key
    if before.last_status is OrchestrationStatus.COMPLETED and not options.again:
        raise AlreadyCompletedError(f"{already_completed(key, before.attempt - 1, options)}.")
    if options.resume:
        if before.checkpoint is None:
            where = f" after {options.resume_after}" if options.resume_after else ""
            raise NothingToResumeError(
                f"{key} has no checkpoint{where} to go on from. Work it from the start instead."
            )
        return before.checkpoint
    return None


def _gone_on_with(
    plan: tuple[PlannedPhase, ...], opening: Opening, start: Phase | None
) -> tuple[PlannedPhase, ...]:
    """What lies before the checkpoint was worked, and its gates ask only for what was not granted
    or is not so any more."""
    assert opening.restored is not None
    granted, lapsed = taken_over(opening.restored.state, opening.playbook)
    settled, owed = {one.phase for one in granted}, {one.phase for one in lapsed}
    told = "before the checkpoint it goes on from"

    def seen(step: PlannedPhase) -> PlannedPhase:
        skipped = step.skipped_because
        if start is not None and step.phase.place < start.place:
            skipped = told
        asked = skipped is not None and step.phase not in settled
        asked = asked and (step.asked or step.phase in owed)
        return step.model_copy(update={"skipped_because": skipped, "asked": asked})

    return tuple(map(seen, plan))


def _planned(opening: Opening, by: Settled) -> Opened:
    """A restored attempt starts behind its checkpoint."""
    options, first = by.options, by.options.start
    if opening.restored is not None:
        first = phase_after(opening.playbook, opening.restored.state)
        if first is None:
            raise NothingToResumeError(
                f"{opening.ticket.key}: its last phase was worked already. To go on from an "
                "earlier one, say --resume-after PHASE."
            )
    plan = planned(opening.playbook, options.model_copy(update={"start": first}))
    if opening.restored is not None:
        plan = _gone_on_with(plan, opening, first_of(first) if first else None)
    worked = [step.phase for step in plan if step.skipped_because is None]
    if not worked:
        raise NothingToWorkError(_nothing(plan))
    repairs = first is Phase.FIX and opening.restored is not None and Phase.FIX in worked
    return Opened(
        opening=opening,
        planned=plan,
        first=Phase.FIX if repairs else worked[0],
        choices=by.choices,
        options=by.options,
        taken_over=by.taken_over,
    )


def _nothing(plan: tuple[PlannedPhase, ...]) -> str:
    if owed := [step.gate for step in plan if step.asked and step.gate]:
        return (
            f"nothing is left to be worked, and gate {owed[0]} waits for a decision: say "
            "--resume-after PHASE, to work one again and be asked then"
        )
    return "with these options every phase of the playbook is skipped"
