"""Who is still awaited at a gate, as Postgres knows them."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.approvals import ApprovalActivities
    from contracts.approvals import ApproversQuestion, Vote
    from contracts.gates import Asking
    from policy.approval_stages import Stage
    from workflows import options
    from workflows.failures import was_cancelled


async def still_awaited(asking: Asking, stage: Stage, votes: tuple[Vote, ...]) -> list[str]:
    """E-mail addresses; nobody where they cannot be looked up. A reminder that cannot be sent is
    none: the next one comes, and so does the deadline."""
    question = ApproversQuestion(
        organization=asking.by.organization,
        gate=asking.gate,
        level=stage.number,
        escalated=stage.escalated,
        votes=votes,
    )
    hurry = options.reminder(f"who is awaited at {asking.gate.name}?")
    try:
        return await workflow.execute_activity_method(
            ApprovalActivities.name_approvers, question, **hurry
        )
    except ActivityError as error:
        if was_cancelled(error):
            raise
        workflow.logger.error("nobody could be reminded: %s", error.cause)
        return []
