"""What a piece of work has changed, for the people who decide on it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from clients.git.errors import GitFailedError
from clients.git.repositories import Repositories
from contracts.approval_links import ChangeSoFar, FileChange
from contracts.risk import RiskQuestion
from errors import PermanentError, RetryLaterError
from policy.redaction import Redaction
from policy.risk import assess

log = logging.getLogger(__name__)
PATIENCE = timedelta(seconds=8)
AT_ONCE = 2


class Changes:
    """`repositories` gives an organization's, by its slug. Few at once, and not for long: whoever
    waits for a page is better told where else to look."""

    def __init__(
        self,
        repositories: Callable[[str], Repositories],
        redaction: Redaction,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._repositories, self._redaction = repositories, redaction
        self._patience, self._turn = patience, asyncio.Semaphore(AT_ONCE)

    async def of(self, organization: str, work: RiskQuestion | None) -> ChangeSoFar | None:
        """None where it can't be had in time, for whatever reason."""
        if work is None:
            return None
        try:
            async with asyncio.timeout(self._patience.total_seconds()), self._turn:
                return await self.read(organization, work)
        except (PermanentError, RetryLaterError, GitFailedError, TimeoutError, OSError) as error:
            log.warning("approvals: a change cannot be shown: %s", type(error).__name__)
            return None

    async def read(self, organization: str, work: RiskQuestion) -> ChangeSoFar:
        """However long it takes. Raises UnknownCommitError and what the repository raises."""
        repositories = self._repositories(organization)
        span = (work.repo_url, work.start_commit, work.commit)
        changed = await repositories.changed(*span)
        diff, cut = await repositories.patch(*span)
        return ChangeSoFar(
            files=tuple(FileChange(path=f.path, added=f.added, deleted=f.deleted) for f in changed),
            # A long one with many secrets takes a tenth of a second.
            diff=await asyncio.to_thread(self._redaction.text, diff),
            cut=cut,
            assessment=assess(changed, work.tests),
        )
