"""What forgets what is old enough. Schedules start it (cli/schedules.py)."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.retention import RetentionActivities
    from contracts.approval_links import FORGET_APPROVAL_LINKS
    from contracts.triage import FORGET_TICKETS, TICKETS_KEPT
    from contracts.webhooks import FORGET_WEBHOOKS
    from workflows import options


@workflow.defn(name=FORGET_WEBHOOKS)
class ForgetWebhooks:
    """Deliveries in the inbox; how old is old, the worker's settings say."""

    @workflow.run
    async def run(self) -> int:
        """How many rows are gone."""
        return await workflow.execute_activity_method(
            RetentionActivities.forget_webhooks, **options.upkeep("forget old deliveries")
        )


@workflow.defn(name=FORGET_TICKETS)
class ForgetTickets:
    """What is known of customers' tickets."""

    @workflow.run
    async def run(self) -> int:
        """How many rows are gone."""
        return await workflow.execute_activity_method(
            RetentionActivities.forget_tickets, TICKETS_KEPT, **options.upkeep("forget old tickets")
        )


@workflow.defn(name=FORGET_APPROVAL_LINKS)
class ForgetApprovalLinks:
    """Links to decide by, some time after their gates have closed."""

    @workflow.run
    async def run(self) -> int:
        """How many rows are gone."""
        return await workflow.execute_activity_method(
            RetentionActivities.forget_approval_links,
            **options.upkeep("forget links to closed gates"),
        )
