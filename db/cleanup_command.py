"""`python -m db cleanup`."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated

import typer

from contracts.triage import TICKETS_KEPT
from db.approval_link_retention import KEPT
from db.engine import Sessions
from db.retention import Kind, deliveries, in_batches, links, tickets
from db.webhook_retention import Ages

Job = Callable[[Sessions], Awaitable[None]]
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


def cleanup_command(
    work: Callable[[Job], None], kept: Callable[[], Ages]
) -> Callable[[int | None, bool], None]:
    """The command; `work` does a job with the database and ends with its exit code. `kept` is
    how long deliveries are kept where nobody says otherwise."""

    def cleanup(days: Days = None, dry: Dry = False) -> None:
        """Delete what is known of customers' tickets, webhooks and links to closed gates that is
        that old. Repeatable."""
        ages, old, closed = kept(), TICKETS_KEPT, KEPT
        if days is not None:
            old = closed = timedelta(days=days)
            ages = ages.no_younger_than(old)

        async def job(sessions: Sessions) -> None:
            for kind in (tickets(old), deliveries(ages), links(closed)):
                typer.echo(await _told(sessions, kind, dry))

        work(job)

    return cleanup


async def _told(sessions: Sessions, kind: Kind, dry: bool) -> str:
    if not dry:
        return f"{await in_batches(sessions, kind.forget)} {kind.name} forgotten"
    async with sessions() as session:
        return f"{await kind.count(session)} {kind.name} would be forgotten"
