"""Who may grant more to work that waits at a limit."""

from cli.context import Desk
from cli.story import Story
from db.approvals import Approvers


async def holders(desk: Desk, story: Story) -> list[str]:
    """Right now, by e-mail address."""
    asked = story.escalated or story.exceeded
    if asked is None:
        return []
    async with desk.sessions() as session:
        members = await Approvers(session, desk.organization).among(asked.ask)
    return [member.email for member in members]
