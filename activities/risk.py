"""The activity that looks at a change and says how risky it is."""

from temporalio import activity

from activities.heartbeats import heartbeats
from clients.git.repositories import Repositories
from contracts.risk import Assessment, RiskQuestion
from policy.risk import assess


class RiskActivities:
    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    @activity.defn
    async def assess_risk(self, question: RiskQuestion) -> Assessment:
        """Raises UnknownCommitError and what else the repository raises."""
        async with heartbeats():
            changed = await self._repositories.changed(
                question.repo_url, question.start_commit, question.commit
            )
        return assess(changed, question.tests)
