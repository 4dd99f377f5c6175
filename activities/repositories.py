"""Activities that ask a repository for its branches."""

from temporalio import activity

from activities.heartbeats import heartbeats
from clients.repositories import Repositories
from contracts.opening import BranchQuestion


class RepositoryActivities:
    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    @activity.defn
    async def branch_tip(self, question: BranchQuestion) -> str:
        """Where the branch is now; it is made at the base commit when there is none."""
        async with heartbeats():
            tip = await self._repositories.branch_commit(question.repo_url, question.branch)
            if tip is None:
                tip = question.base_commit
                await self._repositories.push(question.repo_url, tip, question.branch)
            return tip
