"""Where a repository's default branch stands, and what it says of how to be worked on."""

from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from activities.shared import SharedByAll
from clients.git.errors import ForeignCommitsError
from clients.git.repositories import Repositories
from contracts.orchestrations import Opening
from contracts.repository_settings import FILE, RepositorySettings
from policy.repository_settings import parse_repository_settings

KNOWN = 200


@dataclass(frozen=True)
class DefaultBranch:
    commit: str
    settings: RepositorySettings
    attempts: str | None
    """Where the attempt's own branch stands, if there is one."""


class DefaultBranches:
    def __init__(self, repositories: Repositories, shared: SharedByAll) -> None:
        self._repositories, self._shared = repositories, shared
        # A commit never says anything else: what was read once need not be read again.
        self._known: OrderedDict[tuple[str, str], RepositorySettings] = OrderedDict()

    async def of(self, organization_id: UUID, repo_url: str, branch: str) -> DefaultBranch:
        """Right now; `branch` is the attempt's. Raises what the repository raises,
        InvalidRepositorySettingsError, and RetryLaterError while its host is left alone."""
        async with self._shared.of(organization_id).host(repo_url):
            tip, attempts = await self._repositories.tips(repo_url, branch)
            settings = await self._settings(repo_url, tip.commit)
            return DefaultBranch(tip.commit, settings, attempts)

    async def taken(self, opening: Opening, tip: str) -> ForeignCommitsError:
        """What to raise where the attempt's branch is at `tip`, and must not be."""
        repo_url, base = opening.repo_url, opening.base_commit
        async with self._shared.of(opening.organization_id).host(repo_url):
            return await self._repositories.taken(repo_url, opening.branch, tip, base)

    async def _settings(self, repo_url: str, commit: str) -> RepositorySettings:
        if (repo_url, commit) not in self._known:
            written = await self._repositories.read(repo_url, commit, FILE)
            self._known[repo_url, commit] = parse_repository_settings(written, repo_url)
            while len(self._known) > KNOWN:
                self._known.popitem(last=False)
        return self._known[repo_url, commit]
