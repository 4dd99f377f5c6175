"""`python -m db cleanup`: forgets what was kept only for a while."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated

import typer

from db.engine import Sessions
from db.processed_tickets import count_old, forget_old

Job = Callable[[Sessions], Awaitable[None]]
Days = Annotated[int, typer.Option(min=1, max=36_500, help="How old.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Count them, delete nothing.")]


async def clean_up(sessions: Sessions, age: timedelta) -> int:
    """Batch by batch, each in its own transaction; how many rows are gone. Repeatable."""
    gone = 0
    while True:
        async with sessions.begin() as session:
            batch = await forget_old(session, age)
        if not batch:
            return gone
        gone += batch


def cleanup_command(work: Callable[[Job], None]) -> Callable[[int, bool], None]:
    """The command; `work` does a job with the database and ends with its exit code."""

    def cleanup(days: Days = 7, dry: Dry = False) -> None:
        """Delete what is known of customers' tickets that are that old. Repeatable."""
        age = timedelta(days=days)

        async def job(sessions: Sessions) -> None:
            if dry:
                async with sessions() as session:
                    typer.echo(f"{await count_old(session, age)} tickets would be forgotten")
                return
            typer.echo(f"{await clean_up(sessions, age)} tickets forgotten")

        work(job)

    return cleanup
