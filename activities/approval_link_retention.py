"""The activity that forgets links by which nobody can decide any more."""

from temporalio import activity

from activities.heartbeats import heartbeats
from db.approval_link_retention import KEPT
from db.cleanup import in_batches, links
from db.engine import Sessions


class ApprovalLinkRetentionActivities:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @activity.defn
    async def forget_approval_links(self) -> int:
        """How many rows are gone. Repeatable."""
        async with heartbeats():
            return await in_batches(self._sessions, links(KEPT).forget)
