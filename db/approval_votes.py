"""The query on who has approved what is still asked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.approvals import Vote
from db.models import ApprovalDecision


class ApprovalVotes:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, approval_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Vote]]:
        """In the order in which they were given. Which seats they took is not in the tables."""
        row = ApprovalDecision
        statement = (
            select(row.approval_id, row.level, row.approver_id, row.on_behalf_of)
            .where(row.approval_id.in_(approval_ids))
            .order_by(row.decided_at, row.id)
        )
        votes = defaultdict[UUID, list[Vote]](list)
        for id, level, approver_id, on_behalf_of in await self._session.execute(statement):
            vote = Vote(level=level, approver_id=approver_id, on_behalf_of=on_behalf_of)
            votes[id].append(vote)
        return votes
