"""`status` and `history`: looking, without touching anything."""

import json
from datetime import UTC, datetime

import typer

from cli.awaiting import looked_up
from cli.context import Desk, at_desk
from cli.events import line_of
from cli.exits import DONE
from cli.options import AsJson, Attempt, Key
from cli.pages import progress, width_of
from cli.reader import Reader
from cli.terminal import output


def status(
    context: typer.Context, key: Key, attempt: Attempt = None, as_json: AsJson = False
) -> None:
    """Where a ticket is."""

    async def job(desk: Desk) -> int:
        story = await looked_up(desk, await Reader(desk, attempt).demand(key))
        if as_json:
            print(story.model_dump_json())
            return DONE
        console = output()
        for line in progress(story, datetime.now(UTC), width_of(console)):
            console.print(line)
        return DONE

    at_desk(context, job)


def history(
    context: typer.Context, key: Key, attempt: Attempt = None, as_json: AsJson = False
) -> None:
    """What happened in the newest attempt, from the ledger."""

    async def job(desk: Desk) -> int:
        for event in (await Reader(desk, attempt).demand(key)).events:
            if as_json:
                print(json.dumps(event.model_dump(mode="json")))
            else:
                output().print(line_of(event))
        return DONE

    at_desk(context, job)
