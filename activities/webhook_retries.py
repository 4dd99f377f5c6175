"""Keeps count, with the delivery, of how often its steps had to be tried again."""

from uuid import UUID

from temporalio import activity

from db.engine import Sessions
from db.webhook_outcomes import WebhookOutcomes


async def note_retry(sessions: Sessions, delivery: UUID, before: int = 0) -> None:
    """To be called by an activity that is at work on this delivery; `before` it, the same step was
    tried so often in another form."""
    retries = before + activity.info().attempt - 1
    if retries:
        async with sessions.begin() as session:
            await WebhookOutcomes(session).note_retries(delivery, retries)
