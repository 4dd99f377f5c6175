"""`patterns`: the kinds of work that were done before, and how they went."""

import json

import typer

from cli.context import Desk, at_desk
from cli.exits import DONE
from cli.options import AsJson
from cli.terminal import output, plain
from db.identity import Organizations
from db.patterns import Patterns


def patterns(context: typer.Context, as_json: AsJson = False) -> None:
    """Kinds of finished work, and how often they went well."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            id = await Organizations(session).find(desk.organization)
            rows = await Patterns(session, id).all() if id else []
        if as_json:
            print(json.dumps([row.model_dump(mode="json") for row in rows]))
        elif not rows:
            output().print(
                "No ticket was worked to its end yet, so there is nothing to learn from."
            )
        for row in () if as_json else rows:
            counts = f"{row.success_count} of {row.usage_count} succeeded"
            examples = ", ".join(row.example_issues)
            output().print(f"{counts:<22} {plain(row.name, 200)}  ({examples})")
        return DONE

    at_desk(context, job)
