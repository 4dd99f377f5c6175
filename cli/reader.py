"""Reads orchestrations out of Postgres, whole ones only when something is new."""

from dataclasses import dataclass

from cli.context import Desk
from cli.exits import NotFoundError
from cli.story import Story, story_of
from cli.unworked import unworked
from contracts.ledger import ChainedEvent
from contracts.orchestrations import OrchestrationRow
from db.history import History
from db.orchestrations import Orchestrations


@dataclass(frozen=True)
class Found:
    story: Story
    events: list[ChainedEvent]


class Reader:
    """Of a ticket's newest attempt, unless one is named."""

    def __init__(self, desk: Desk, attempt: int | None = None) -> None:
        self._desk, self._attempt = desk, attempt
        self._known: tuple[OrchestrationRow, Found] | None = None

    @property
    def row(self) -> OrchestrationRow | None:
        """As it was seen last."""
        return self._known[0] if self._known is not None else None

    async def latest(self, issue_key: str) -> Found | None:
        """None when there is no such attempt."""
        async with self._desk.sessions() as session:
            orchestrations = Orchestrations(session, self._desk.organization)
            row = await orchestrations.latest(issue_key, self._attempt)
            if row is None:
                return None
            if self._known is None or self._known[0] != row:
                events = await History(session).events(row.id)
                self._known = (row, Found(story_of(row, events), events))
            return self._known[1]

    async def demand(self, issue_key: str) -> Found:
        """Raises NotFoundError."""
        found = await self.latest(issue_key)
        if found is None and self._attempt is not None:
            raise NotFoundError(
                f"{issue_key} has no attempt {self._attempt}. Of the newest tells: starter.py "
                f"status {issue_key}"
            )
        if found is None:
            async with self._desk.sessions() as session:
                raise await unworked(session, self._desk.organization, issue_key)
        return found
