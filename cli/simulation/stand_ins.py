"""Activities of a dry run: what JiraWork asks of the world, answered at once out of the plan."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.ledger import LedgerActivities
from activities.sla import SlaActivities
from cli.simulation.plan import Simulation
from contracts.agents import AgentResult, AgentRun, AgentStatus, Report, TestReport
from contracts.approvals import (
    AnswerQuestion,
    ApproversQuestion,
    Authority,
    AuthorityQuestion,
)
from contracts.budgets import HoldersQuestion
from contracts.conclusions import Conclusion
from contracts.gates import TicketQuestion, TicketReading
from contracts.jira_work import WorkOptions
from contracts.ledger import Batch, ChainedEvent
from contracts.levels import Risk
from contracts.opening import BranchQuestion, BranchTip, Opened, OpenRequest
from contracts.orchestrations import Opening
from contracts.risk import Assessment, RiskQuestion
from policy.approvals import Known, Trust, authority_of, still_awaited
from policy.branches import branch_of
from policy.playbooks import planned
from policy.sla import matching
from policy.ticket_readings import reading_of

COMMIT = "0" * 40
ORGANIZATION, PROJECT = UUID(int=1), UUID(int=2)
CERTAIN = Trust(signed=True, verified=True)


class Notebook:
    """Takes the ledger's place: keeps what rides with the activities."""

    def __init__(self) -> None:
        self._facts: dict[int, ChainedEvent] = {}

    @asynccontextmanager
    async def written(self, batch: Batch) -> AsyncIterator[None]:
        """Repeatable, as the ledger is."""
        self._facts |= {one.sequence: one for one in batch.events}
        yield

    @property
    def facts(self) -> list[ChainedEvent]:
        return [self._facts[number] for number in sorted(self._facts)]


class OpeningStandIn:
    def __init__(self, plan: Simulation) -> None:
        self._plan = plan

    @activity.defn
    async def open_orchestration(self, request: OpenRequest) -> Opened:
        ticket, playbook = self._plan.ticket, self._plan.playbook
        opening = Opening(
            orchestration_id=request.orchestration_id,
            organization_id=ORGANIZATION,
            project_id=PROJECT,
            repo_url="/dry-run",
            attempt=1,
            branch=branch_of(ticket.key, 1),
            base_commit=COMMIT,
            start_commit=COMMIT,
            ticket=ticket,
            ticket_hash=reading_of(ticket).ticket_hash,
            playbook=playbook,
            playbook_reason="a dry run",
            service_levels=matching(self._plan.service_levels, ticket.type, ticket.priority),
        )
        steps = planned(playbook, WorkOptions())
        worked = [step.phase for step in steps if step.skipped_because is None]
        return Opened(opening=opening, planned=steps, first=worked[0])


class AgentStandIn:
    """Every agent is done at once, and every test is green: only people take their time."""

    @activity.defn
    async def run_agent(self, run: AgentRun) -> AgentResult:
        tests = TestReport(passed=1, coverage=Decimal(100))
        report = Report(status="completed", summary=f"{run.agent.name} is done", tests=tests)
        return AgentResult(status=AgentStatus.COMPLETED, report=report)

    @activity.defn
    async def conclude(self, conclusion: Conclusion) -> None:
        """No ticket is to be told."""

    @activity.defn
    async def branch_tip(self, question: BranchQuestion) -> BranchTip:
        return BranchTip(commit=question.base_commit)


class ApprovalStandIn:
    """The real rules, on the people of the plan."""

    def __init__(self, plan: Simulation) -> None:
        self._plan = plan

    @activity.defn
    async def authorise(self, question: AuthorityQuestion) -> Authority:
        member = self._plan.cast.member(question.decision.by)
        return authority_of(question, Known(member=member, trust=CERTAIN))

    @activity.defn
    async def authorise_answer(self, question: AnswerQuestion) -> Authority:
        return Authority()

    @activity.defn
    async def name_approvers(self, question: ApproversQuestion) -> list[str]:
        cast = self._plan.cast
        level = question.gate.level(question.level)
        able = (cast.member(name) for name in cast.names(level, question.escalated))
        members = [one for one in able if one is not None]
        return [one.email for one in still_awaited(question, members)]

    @activity.defn
    async def read_ticket(self, question: TicketQuestion) -> TicketReading:
        return reading_of(self._plan.ticket)

    @activity.defn
    async def name_holders(self, question: HoldersQuestion) -> list[str]:
        return [one.words() for one in question.ask]

    @activity.defn
    async def assess_risk(self, question: RiskQuestion) -> Assessment:
        risk = self._plan.risk
        return Assessment(risk=risk, clean=risk is Risk.LOW)


def stand_ins(plan: Simulation) -> Sequence[Callable[..., Any]]:
    """Everything that JiraWork calls, but what nobody says in a dry run."""
    agents, approvals = AgentStandIn(), ApprovalStandIn(plan)
    return [
        OpeningStandIn(plan).open_orchestration,
        agents.run_agent,
        agents.branch_tip,
        agents.conclude,
        approvals.authorise,
        approvals.authorise_answer,
        approvals.name_approvers,
        approvals.read_ticket,
        approvals.name_holders,
        approvals.assess_risk,
        LedgerActivities().append_events,
        SlaActivities().reckon_clocks,
    ]
