"""Activities that ask a repository for its branches."""

from temporalio import activity

from activities.heartbeats import heartbeats
from clients.git.repositories import Repositories
from contracts.opening import BranchQuestion, BranchTip


class RepositoryActivities:
    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    @activity.defn
    async def branch_tip(self, question: BranchQuestion) -> BranchTip:
        """Where the branch is now, and whose commits it has got since its base; it is made at the
        base commit when there is none."""
        url, base, branch = question.repo_url, question.base_commit, question.branch
        async with heartbeats():
            tip = await self._repositories.branch_commit(url, branch)
            if tip is None:
                await self._repositories.push(url, base, branch)
            if tip is None or tip == base:
                return BranchTip(commit=base)
            authors = await self._repositories.authors(url, base, tip, branch)
            return BranchTip(commit=tip, authors=authors)
