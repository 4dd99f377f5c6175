"""What is known of what a run waits for beyond its events: who still may, who was told, and
whether the ticket was changed meanwhile."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk
from cli.reader import Found
from cli.story import Story
from cli.terminal import plain
from contracts.events import (
    ApprovalRequested,
    BudgetExceeded,
    OrchestrationStarted,
    QuestionAsked,
)
from contracts.issues import TicketEdit
from contracts.ledger import ChainedEvent
from contracts.prospects import Ask, Prospects
from db.asking_messages import AskingMessage, AskingMessages
from db.issues import Issues
from db.prospects import RequestProspects
from errors import UnknownIssueError
from policy.asking_messages import asking, fact_key
from policy.questions import ABLE
from policy.redaction import Redaction
from policy.ticket_edits import edits
from settings import secrets


async def looked_up(desk: Desk, found: Found) -> Story:
    """The story with what else is known of whom it waits for, as things stand now."""
    story, opening = found.story, _opening(found)
    if opening is None:
        return story
    facts = [fact_key(story.orchestration_id, one) for one in asking(opening, found.events)]
    async with desk.sessions() as session:
        prospects = await _prospects(session, desk.organization, story)
        messages = await AskingMessages(session, desk.organization).of(
            story.orchestration_id, facts
        )
    known: dict[str, object] = {
        "prospects": prospects,
        "untold": _untold(messages, opening.event.type),
    }
    if story.asked is not None:
        known["edits"] = await edits_since(desk, found)
    return story.model_copy(update=known)


async def edits_since(desk: Desk, found: Found) -> tuple[TicketEdit, ...]:
    """How the ticket reads otherwise than when the attempt began, by which its agents go on."""
    began = [one.event for one in found.events if isinstance(one.event, OrchestrationStarted)]
    # Another tracker may keep it.
    with suppress(UnknownIssueError):
        async with desk.sessions() as session:
            now = await Issues(session, desk.organization).get(found.story.issue_key)
        # As the worker reads it, and froze it.
        return edits(began[-1].ticket, Redaction(secrets()).model(now)) if began else ()
    return ()


def _opening(found: Found) -> ChainedEvent | None:
    """By which what is awaited first was asked; None where nobody is awaited, or for a pause."""
    return next((one for one in reversed(found.events) if _opens(found.story, one)), None)


def _opens(story: Story, chained: ChainedEvent) -> bool:
    match chained.event:
        case ApprovalRequested():
            return chained.event == story.asked
        case QuestionAsked(question=text) if story.asked is None and story.question is not None:
            own = chained.agent_name in (None, story.question.agent)
            return own and text == story.question.text
        case BudgetExceeded() if story.asked is None and story.question is None:
            return chained.event == story.exceeded
        case _:
            return False


async def _prospects(session: AsyncSession, organization: str, story: Story) -> Prospects | None:
    prospects = RequestProspects(session, organization)
    if story.asked is not None:
        return await prospects.of(story.asked.approval_id)
    if story.question is not None:
        return await prospects.among(Ask(issue_key=story.issue_key, asked=ABLE, to="answer"))
    limit = story.escalated or story.exceeded
    if limit is None:
        return None
    return await prospects.among(Ask(issue_key=story.issue_key, asked=limit.ask, to="grant more"))


def _untold(messages: Sequence[AskingMessage], event_type: str) -> str | None:
    """None as soon as one message arrived, or is still on its way."""
    if not messages:
        return (
            f"nobody was told: the worker has no mail or Slack set up, or no route for "
            f"{event_type} leads there (starter.py notifications routes, docs/messages.md)"
        )
    if not all(message.lost for message in messages):
        return None
    newest = messages[0]
    why = f" ({plain(newest.error, 200)})" if newest.error else ""
    return (
        f"nobody could be told: every message on this was lost, the last by "
        f"{newest.channel.lower()}{why}. See starter.py notifications --failed"
    )
