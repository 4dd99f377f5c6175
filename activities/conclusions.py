"""The activity that tells a ticket how the work on it has ended."""

from temporalio import activity

from activities.shared import SharedByAll
from activities.tickets import Tickets
from clients.git.repositories import Repositories
from clients.git.whereabouts import whereabouts
from contracts.conclusions import Conclusion, Whereabouts
from contracts.orchestrations import OrchestrationStatus


class ConclusionActivities:
    def __init__(self, tickets: Tickets, repositories: Repositories, shared: SharedByAll) -> None:
        self._tickets, self._repositories, self._shared = tickets, repositories, shared

    @activity.defn
    async def conclude(self, conclusion: Conclusion) -> None:
        """Repeatable. Fails for no ticket that cannot be told or moved, and for no repository that
        does not answer."""
        organization, key = conclusion.organization, conclusion.issue_key
        await self._tickets.tell(conclusion, await self._branch(conclusion))
        if conclusion.status is OrchestrationStatus.COMPLETED:
            await self._tickets.hand_over(organization, conclusion.organization_id, key)

    async def _branch(self, conclusion: Conclusion) -> Whereabouts | None:
        """Who has the right to push may have done so unheard: nothing watches the branch."""
        url, branch = conclusion.repo_url, conclusion.branch
        if not url:
            return None

        async def ask() -> str | None:
            async with self._shared.of(conclusion.organization_id).host(url):
                return await self._repositories.branch_commit(url, branch)

        return await whereabouts(ask)
