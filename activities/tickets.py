"""Tickets as the work on them needs them: read, moved along, told how it ended."""

import logging
from collections.abc import Sequence
from uuid import UUID

from contracts.conclusions import Conclusion, Whereabouts
from contracts.issues import Ticket, Tracker
from db.engine import Sessions, each_by_itself
from db.git_integrations import GitIntegrations
from db.issues import UnknownStatusError
from errors import PermanentError
from policy.conclusions import conclusion_text
from policy.pull_requests import IN_REVIEW

log = logging.getLogger(__name__)


class Tickets:
    """Not activities: they are part of those that begin and end the work."""

    def __init__(self, sessions: Sessions, tracker: Tracker) -> None:
        self._sessions, self._tracker = sessions, tracker

    async def get(self, organization: str, key: str) -> Ticket:
        """Raises UnknownIssueError."""
        return await self._tracker.get(organization, key)

    async def tell(self, conclusion: Conclusion, found: Whereabouts | None) -> None:
        """Repeatable. What the tracker refuses for good is logged: the work has ended all the
        same."""
        organization, key = conclusion.organization, conclusion.issue_key
        try:
            text = conclusion_text(conclusion, found)
            await self._tracker.comment(organization, key, text, conclusion.once)
        except PermanentError as refused:
            log.warning("%s was not told how its work ended: %s", key, refused)

    async def hand_over(self, organization: str, organization_id: UUID, key: str) -> None:
        """To review, unless its pull requests say where it stands."""
        async with each_by_itself(self._sessions) as session:
            if await GitIntegrations(session, organization_id).follows_pull_requests(key):
                return
        await self.move(organization, key, IN_REVIEW)

    async def move(self, organization: str, key: str, names: Sequence[str]) -> None:
        """To the first of these that its flow has. Repeatable. What the tracker refuses for good
        is logged: the work goes on all the same."""
        try:
            await self._first_known(organization, key, names)
        except PermanentError as refused:
            log.warning("%s stays where it is: %s", key, refused)

    async def _first_known(self, organization: str, key: str, names: Sequence[str]) -> None:
        for name in names:
            try:
                await self._tracker.transition(organization, key, name)
            except UnknownStatusError:
                continue
            return
        log.info("%s stays where it is: its flow has none of %s", key, ", ".join(names))
