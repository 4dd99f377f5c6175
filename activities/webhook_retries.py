"""Keeps count, with the delivery, of how often its steps had to be tried again, and why."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from temporalio import activity

from db.engine import Sessions
from db.webhook_outcomes import WebhookOutcomes
from errors import RetryLaterError


async def note_retry(sessions: Sessions, delivery: UUID, *, near: bool = False) -> None:
    """To be called by an activity that is at work on this delivery. One that is worked `near` is a
    regular one only after a try beside the workflow's task."""
    retries = activity.info().attempt - 1 + (near and not activity.info().is_local)
    if retries:
        async with sessions.begin() as session:
            await WebhookOutcomes(session).note_retries(delivery, retries)


@asynccontextmanager
async def failure_noted(sessions: Sessions, delivery: UUID) -> AsyncIterator[None]:
    """Around a question to somebody else's server, which may be away for as long as a delivery is
    tried: whoever looks at the delivery sees what it waits for."""
    try:
        yield
    except RetryLaterError as error:
        async with sessions.begin() as session:
            await WebhookOutcomes(session).note_failure(delivery, str(error))
        raise
