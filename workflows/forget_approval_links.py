"""ForgetApprovalLinks: deletes links to decide by some time after their gates have closed."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.approval_link_retention import ApprovalLinkRetentionActivities
    from contracts.approval_links import FORGET_APPROVAL_LINKS
    from workflows import options


@workflow.defn(name=FORGET_APPROVAL_LINKS)
class ForgetApprovalLinks:
    """A schedule starts it (cli/schedules.py)."""

    @workflow.run
    async def run(self) -> int:
        """How many rows are gone."""
        return await workflow.execute_activity_method(
            ApprovalLinkRetentionActivities.forget_approval_links,
            **options.upkeep("forget links to closed gates"),
        )
