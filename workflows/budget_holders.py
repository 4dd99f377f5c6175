"""Who holds a budget, as Postgres knows them now."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.budgets import BudgetActivities
    from contracts.budgets import HoldersQuestion
    from contracts.gates import AskedBy
    from contracts.levels import Approver
    from workflows import options
    from workflows.failures import was_cancelled


async def holders(by: AskedBy, ask: tuple[Approver, ...]) -> tuple[str, ...]:
    """E-mail addresses. Waits for Postgres, however long that takes."""
    return await _named(by, ask, options.database("who may raise the budget?"))


async def still_holding(by: AskedBy, ask: tuple[Approver, ...]) -> tuple[str, ...] | None:
    """None where they cannot be looked up. A reminder that cannot be sent is none: the next one
    comes."""
    try:
        return await _named(by, ask, options.reminder("who may still raise the budget?"))
    except ActivityError as error:
        if was_cancelled(error):
            raise
        workflow.logger.error("nobody could be reminded: %s", error.cause)
        return None


async def _named(
    by: AskedBy, ask: tuple[Approver, ...], how: workflow.ActivityConfig
) -> tuple[str, ...]:
    people = await workflow.execute_activity_method(
        BudgetActivities.name_holders,
        HoldersQuestion(organization=by.organization, ask=ask),
        **how,
    )
    return tuple(people)
