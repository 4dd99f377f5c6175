"""The last thing a run does: it tells its ticket how the work has ended."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.conclusions import ConclusionActivities
    from contracts.conclusions import Conclusion
    from contracts.jira_work import WorkOrder
    from contracts.text import clipped
    from policy.phases import said_of
    from workflows import options
    from workflows.failures import was_cancelled
    from workflows.progress import Progress


async def tell_ticket(order: WorkOrder, progress: Progress, why: str) -> None:
    """The run's last events ride along. A ticket that cannot be told keeps no run open, and a
    cancellation that comes now, too late for the work, keeps it from nothing."""
    try:
        await workflow.execute_activity_method(
            ConclusionActivities.conclude,
            _conclusion(order, progress, why),
            **options.database(f"tell {order.issue_key}"),
        )
    except ActivityError as error:
        if was_cancelled(error):
            # A run is cancelled only once: this time it is told to its end.
            await tell_ticket(order, progress, why)
            return
        workflow.logger.error("the ticket was not told: %s", error.cause)


def _conclusion(order: WorkOrder, progress: Progress, why: str) -> Conclusion:
    opening, tests = progress.opening, progress.last_tests
    return Conclusion(
        organization=order.organization,
        organization_id=opening.organization_id,
        issue_key=order.issue_key,
        status=progress.status,
        attempt=opening.attempt,
        why=clipped(why),
        # Where nothing was committed, nothing was pushed, and there is no branch to look for.
        repo_url=opening.repo_url if progress.commit != opening.base_commit else "",
        branch=progress.branch,
        commit=progress.commit,
        tests=said_of(tests) if tests else "",
        once=f"{opening.orchestration_id}:{progress.resets}",
    )
