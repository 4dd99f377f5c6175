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


async def clean_up(sessions: Sessions, age: timedelta) -> int:
    """Customers' tickets, batch by batch; how many rows are gone. Repeatable."""
    return await in_batches(sessions, tickets(age).forget)


async def forget_deliveries(sessions: Sessions, ages: Ages, batches: int) -> int:
    """Webhooks' deliveries, so many batches of 1,000 at most; how many rows are gone."""
    return await in_batches(sessions, deliveries(ages).forget, batches)


async def forget_links(sessions: Sessions, age: timedelta) -> int:
    """Links to decide by, so long after nothing can be decided by them; how many rows are gone."""
    return await in_batches(sessions, links(age).forget)


async def in_batches(sessions: Sessions, forget: Batch, most: int | None = None) -> int:
    """Each statement is a transaction by itself, so that nobody waits for long."""
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
