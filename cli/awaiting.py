"""What is known of an open gate beyond its events: who may still decide, and who was told."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk
from cli.story import Story
from cli.terminal import plain
from db.approval_messages import ApprovalMessages
from db.prospects import RequestProspects

NOBODY_TOLD = (
    "nobody was told: the worker has no mail or Slack set up, or no route leads there "
    "(docs/messages.md)"
)


async def looked_up(desk: Desk, story: Story) -> Story:
    """The story with what else is known of whom it waits for, as things stand now."""
    if story.asked is None:
        return story
    id = story.asked.approval_id
    async with desk.sessions() as session:
        prospects = await RequestProspects(session, desk.organization).of(id)
        untold = await _untold(session, id)
    return story.model_copy(update={"prospects": prospects, "untold": untold})


async def _untold(session: AsyncSession, approval_id: UUID) -> str | None:
    """None as soon as one message arrived, or is still on its way."""
    messages = await ApprovalMessages(session).of(approval_id)
    if not messages:
        return NOBODY_TOLD
    if not all(message.lost for message in messages):
        return None
    newest = messages[0]
    why = f" ({plain(newest.error, 200)})" if newest.error else ""
    return (
        f"nobody could be told: every message on this was lost, the last by "
        f"{newest.channel.lower()}{why}. See starter.py notifications --failed"
    )
