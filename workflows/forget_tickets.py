"""ForgetTickets: deletes what is known of customers' tickets when it is old enough."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.triage import TriageActivities
    from contracts.triage import FORGET_TICKETS, TICKETS_KEPT
    from workflows import options


@workflow.defn(name=FORGET_TICKETS)
class ForgetTickets:
    """A schedule starts it (cli/schedules.py)."""

    @workflow.run
    async def run(self) -> int:
        """How many rows are gone."""
        return await workflow.execute_activity_method(
            TriageActivities.forget_tickets, TICKETS_KEPT, **options.upkeep("forget old tickets")
        )
