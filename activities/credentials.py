"""Whose credentials open a repository: those of the organization whose ticket is worked."""

from collections.abc import Callable

from temporalio import activity

from contracts.credentials import Credentials, GitCredential
from contracts.jira_work import organization_of


class CredentialsAtWork:
    """One worker works for all organizations of its queue. Outside of an orchestration, and of
    activities, the worker's `own` counts."""

    def __init__(self, of: Callable[[str], Credentials], own: str) -> None:
        self._of, self._own = of, own

    async def of(self, repo_url: str) -> GitCredential | None:
        id = activity.info().workflow_id if activity.in_activity() else None
        return await self._of(organization_of(id or "") or self._own).of(repo_url)
