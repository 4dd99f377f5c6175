"""ForgetTickets: deletes what is known of customers' tickets when it is old enough."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.triage import TriageActivities
    from contracts.triage import FORGET_TICKETS
    from workflows import options


@workflow.defn(name=FORGET_TICKETS)
class ForgetTickets:
    """A schedule starts it (clients/triage.py)."""

    @workflow.run
    async def run(self, age: timedelta) -> int:
        """How many rows are gone."""
        return await workflow.execute_activity_method(
            TriageActivities.forget_tickets, age, **options.database("forget old tickets")
        )
