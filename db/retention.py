"""Forgets what was kept only for a while."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db import approval_link_retention, processed_tickets, webhook_retention
from db.engine import Sessions, each_by_itself
from db.webhook_retention import Ages

Batch = Callable[[AsyncSession], Awaitable[int]]


@dataclass(frozen=True)
class Kind:
    """Rows that are only kept for a while."""

    name: str
    count: Batch
    forget: Batch


async def in_batches(sessions: Sessions, forget: Batch, most: int | None = None) -> int:
    """How many rows are gone, after `most` batches at the latest. Each is a transaction by itself,
    so that nobody waits for long. Repeatable."""
    gone = done = 0
    while most is None or done < most:
        async with each_by_itself(sessions) as session:
            batch = await forget(session)
        if not batch:
            break
        gone, done = gone + batch, done + 1
    return gone


def tickets(age: timedelta) -> Kind:
    return Kind(
        "tickets",
        lambda session: processed_tickets.count_old(session, age),
        lambda session: processed_tickets.forget_old(session, age),
    )


def deliveries(ages: Ages) -> Kind:
    return Kind(
        "deliveries",
        lambda session: webhook_retention.count_old(session, ages),
        lambda session: webhook_retention.forget_old(session, ages),
    )


def links(age: timedelta) -> Kind:
    return Kind(
        "links to closed gates",
        lambda session: approval_link_retention.count_old(session, age),
        lambda session: approval_link_retention.forget_old(session, age),
    )
