"""`list`: the newest attempts at all tickets."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.context import Desk, Needs, at_desk
from cli.exits import DONE
from cli.live import live_redis, live_states
from cli.options import AsJson, one_of
from cli.terminal import elapsed, output, plain
from contracts.orchestrations import OrchestrationRow, OrchestrationStatus
from contracts.sessions import LiveState
from db.orchestrations import Orchestrations
from policy.moments import in_utc

Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")]
Status = Annotated[
    OrchestrationStatus | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        parser=one_of(OrchestrationStatus, "a status"),
        help="Only these.",
    ),
]


def list_(
    context: typer.Context, limit: Limit = 20, only: Status = None, as_json: AsJson = False
) -> None:
    """The newest attempts at all tickets."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            rows = await Orchestrations(session, desk.organization).newest(limit, only)
        async with live_redis(desk) as redis:
            live = await live_states(desk.sessions, redis, rows)
        if as_json:
            print(json.dumps([_listed(row, live[row.id]) for row in rows]))
        elif not rows and only is not None:
            output().print(f"No attempt is {only.lower()}. All of them: starter.py list")
        elif not rows:
            output().print("Nothing was worked yet. Start with: starter.py work KEY --repo PATH")
        for row in () if as_json else rows:
            output().print(_row(row, live[row.id]))
        return DONE

    at_desk(context, job, Needs.STORES)


def _listed(row: OrchestrationRow, live: LiveState) -> dict[str, object]:
    return row.model_dump(mode="json") | {"live": live.model_dump(mode="json")}


def _row(row: OrchestrationRow, live: LiveState) -> str:
    spent = elapsed((row.completed_at or datetime.now(UTC)) - row.started_at)
    began = in_utc(row.started_at)
    return (
        f"{row.issue_key:<14} {live.status:<10} {live.phase or '':<9} {live.progress or 0:>4.0%} "
        f"attempt {row.attempt}  {began}  {spent:>12}  {plain(row.requested_by, 60)}"
    )
