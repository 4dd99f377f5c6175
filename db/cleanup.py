"""`python -m db cleanup`: forgets what was kept only for a while."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.triage import TICKETS_KEPT
from db import approval_link_retention, processed_tickets, webhook_retention
from db.engine import Sessions, each_by_itself
from db.webhook_retention import Ages

Job = Callable[[Sessions], Awaitable[None]]
Batch = Callable[[AsyncSession], Awaitable[int]]
Days = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=36_500,
        help="How old. Else tickets 7, links to closed gates 30, and deliveries "
        "SLIPWAY_WEBHOOK_DAYS. Deliveries are kept for 30 days, failed ones for "
        "SLIPWAY_DEAD_LETTER_DAYS, in any case.",
    ),
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Count them, delete nothing.")]


@dataclass(frozen=True)
class Kind:
    """Rows that are only kept for a while."""

    name: str
    count: Batch
    forget: Batch


async def clean_up(sessions: Sessions, age: timedelta) -> int:
    """Customers' tickets, batch by batch; how many rows are gone. Repeatable."""
    return await in_batches(sessions, _tickets(age).forget)


async def forget_deliveries(sessions: Sessions, ages: Ages, batches: int) -> int:
    """Webhooks' deliveries, so many batches of 1,000 at most; how many rows are gone."""
    return await in_batches(sessions, _deliveries(ages).forget, batches)


async def forget_links(sessions: Sessions, age: timedelta) -> int:
    """Links to decide by, so long after nothing can be decided by them; how many rows are gone."""
    return await in_batches(sessions, _links(age).forget)


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


def cleanup_command(
    work: Callable[[Job], None], kept: Callable[[], Ages]
) -> Callable[[int | None, bool], None]:
    """The command; `work` does a job with the database and ends with its exit code. `kept` is
    how long deliveries are kept where nobody says otherwise."""

    def cleanup(days: Days = None, dry: Dry = False) -> None:
        """Delete what is known of customers' tickets, webhooks and links to closed gates that is
        that old. Repeatable."""
        ages, tickets, links = kept(), TICKETS_KEPT, approval_link_retention.KEPT
        if days is not None:
            tickets = links = timedelta(days=days)
            ages = ages.no_younger_than(tickets)

        async def job(sessions: Sessions) -> None:
            for kind in (_tickets(tickets), _deliveries(ages), _links(links)):
                typer.echo(await _told(sessions, kind, dry))

        work(job)

    return cleanup


async def _told(sessions: Sessions, kind: Kind, dry: bool) -> str:
    if not dry:
        return f"{await in_batches(sessions, kind.forget)} {kind.name} forgotten"
    async with sessions() as session:
        return f"{await kind.count(session)} {kind.name} would be forgotten"


def _tickets(age: timedelta) -> Kind:
    return Kind(
        "tickets",
        lambda session: processed_tickets.count_old(session, age),
        lambda session: processed_tickets.forget_old(session, age),
    )


def _deliveries(ages: Ages) -> Kind:
    return Kind(
        "deliveries",
        lambda session: webhook_retention.count_old(session, ages),
        lambda session: webhook_retention.forget_old(session, ages),
    )


def _links(age: timedelta) -> Kind:
    return Kind(
        "links to closed gates",
        lambda session: approval_link_retention.count_old(session, age),
        lambda session: approval_link_retention.forget_old(session, age),
    )
