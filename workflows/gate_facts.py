"""What a gate must know before it is asked: how the ticket reads, how risky the change is."""

from collections.abc import Awaitable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.approvals import ApprovalActivities
    from activities.risk import RiskActivities
    from contracts.gates import AskedBy, TicketQuestion, TicketReading
    from contracts.playbooks import Gate
    from contracts.risk import Assessment, RiskQuestion
    from policy.approval_levels import needs_assessment, needs_ticket
    from workflows import options
    from workflows.failures import was_cancelled

Fact = TypeVar("Fact")


async def read_ticket(gate: Gate, by: AskedBy) -> TicketReading | None:
    """None where nobody needs to know, or nobody can say: then every level is asked."""
    if not needs_ticket(gate):
        return None
    question = TicketQuestion(organization=by.organization, issue_key=by.issue_key)
    reading = workflow.execute_activity_method(
        ApprovalActivities.read_ticket,
        question,
        **options.database(f"how does the ticket read that {gate.name} is about?"),
    )
    return await _or_none(reading, "how the ticket reads")


async def assess(gate: Gate, change: RiskQuestion) -> Assessment | None:
    """None as above."""
    if not needs_assessment(gate):
        return None
    assessment = workflow.execute_activity_method(
        RiskActivities.assess_risk,
        change,
        **options.repository(f"how risky is what {gate.name} shows?"),
    )
    return await _or_none(assessment, "the risk")


async def _or_none(looked_up: Awaitable[Fact | None], what: str) -> Fact | None:
    try:
        return await looked_up
    except ActivityError as error:
        if was_cancelled(error):
            raise
        workflow.logger.error("%s is not known: %s", what, error.cause)
        return None
