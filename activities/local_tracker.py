"""The tracker that needs no other: tickets in our own Postgres."""

from contracts.issues import RelationType, Ticket
from contracts.text import Comment
from db.engine import Sessions, each_by_itself
from db.issues import Issues
from policy.redaction import Redaction

AUTHOR = "slipway"


class LocalTracker:
    """contracts.issues.Tracker on Postgres. One transaction an effect. Tickets come without the
    secrets that people write into them: what is read here is told to agents and kept."""

    def __init__(self, sessions: Sessions, redaction: Redaction) -> None:
        self._sessions, self._redaction = sessions, redaction

    async def get(self, organization: str, key: str) -> Ticket:
        async with each_by_itself(self._sessions) as session:
            ticket = await Issues(session, organization).get(key)
        return self._redaction.model(ticket)

    async def search(self, organization: str, text: str, limit: int) -> list[Ticket]:
        async with self._sessions() as session:
            return await Issues(session, organization).search(text, limit)

    async def comment(self, organization: str, key: str, body: Comment, once: str) -> None:
        async with self._sessions.begin() as session:
            await Issues(session, organization).comment(key, AUTHOR, body, once)

    async def transition(self, organization: str, key: str, status: str) -> None:
        async with self._sessions.begin() as session:
            await Issues(session, organization).transition(key, status, AUTHOR)

    async def link(self, organization: str, key: str, other: str, relation: RelationType) -> None:
        async with self._sessions.begin() as session:
            await Issues(session, organization).relate(key, other, relation)
