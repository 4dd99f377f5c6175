"""`reconcile`: ends in the ledger what Temporal has ended, and what could not say so itself."""

from typing import Annotated

import typer

from cache.keys import Keys
from cache.sessions import LiveSessions
from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import DONE
from cli.live import live_redis
from cli.terminal import output, say
from clients.temporal.orchestrations import Fate
from contracts.orchestrations import OrchestrationRow
from db.ledger import Ledger
from db.orchestrations import Orchestrations

Forgotten = Annotated[
    bool, typer.Option("--forgotten", help="Also those that Temporal knows nothing of.")
]


def reconcile(context: typer.Context, forgotten: Forgotten = False) -> None:
    """End what was terminated, and is ACTIVE in the tables still. Repeatable."""

    async def job(desk: ConnectedDesk) -> int:
        async with desk.sessions() as session:
            rows = await Orchestrations(session, desk.organization).under_way()
        dead = [row for row in rows if await _is_dead(desk, row, forgotten=forgotten)]
        for row in dead:
            await _end(desk, row)
            output().print(f"{row.issue_key}: attempt {row.attempt} is FAILED; it had ended.")
        output().print(f"{len(rows)} were under way, {len(dead)} of them ended now.")
        return DONE

    at_connected_desk(context, job)


async def _is_dead(desk: ConnectedDesk, row: OrchestrationRow, *, forgotten: bool) -> bool:
    """A run that goes on, maybe of a later attempt, closes what is left of earlier ones itself.
    Another Temporal than the one that ran it knows nothing either, so that alone is no proof."""
    fate = await desk.orchestrations.fate(row.issue_key, row.run_id)
    if fate is Fate.UNKNOWN and not forgotten:
        say(
            f"{row.issue_key}: this Temporal knows no run of it. If that is the right one, and has "
            "only forgotten it: starter.py reconcile --forgotten"
        )
        return False
    return fate is not Fate.RUNNING


async def _end(desk: ConnectedDesk, row: OrchestrationRow) -> None:
    async with desk.sessions.begin() as session:
        await Ledger(session).close(row.id)
    async with live_redis(desk) as redis:
        await LiveSessions(redis, Keys(row.organization_id)).delete(row.id)
