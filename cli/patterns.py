"""`patterns`: the kinds of work that were done before, and how they went."""

from collections.abc import Iterator

import typer

from cli.context import Desk, at_desk
from cli.listing import listed
from cli.options import AsJson
from cli.terminal import plain
from contracts.patterns import PatternRow
from db.identity import Organizations
from db.patterns import Patterns


def patterns(context: typer.Context, as_json: AsJson = False) -> None:
    """Kinds of finished work, and how often they went well."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            id = await Organizations(session).find(desk.organization)
            rows = await Patterns(session, id).all() if id else []
        nothing = "No ticket was worked to its end yet, so there is nothing to learn from."
        return listed(rows, _lines, nothing, as_json=as_json)

    at_desk(context, job)


def _lines(row: PatternRow) -> Iterator[str]:
    counts = f"{row.success_count} of {row.usage_count} succeeded"
    yield f"{counts:<22} {plain(row.name, 200)}  ({', '.join(row.example_issues)})"
