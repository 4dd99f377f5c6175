"""The activity that tells a ticket how the work on it has ended."""

from temporalio import activity

from activities.tickets import Tickets
from contracts.conclusions import Conclusion
from contracts.orchestrations import OrchestrationStatus


class ConclusionActivities:
    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    @activity.defn
    async def conclude(self, conclusion: Conclusion) -> None:
        """Repeatable. Fails for no ticket that cannot be told or moved."""
        organization, key = conclusion.organization, conclusion.issue_key
        await self._tickets.tell(conclusion)
        if conclusion.status is OrchestrationStatus.COMPLETED:
            await self._tickets.hand_over(organization, conclusion.organization_id, key)
