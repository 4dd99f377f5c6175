"""`approve`, `reject`, `request-changes`."""

from typing import Annotated

import typer

from cli.context import Desk, Needs, at_desk
from cli.decisions import decide, decision_on, demand_gate
from cli.exits import DONE
from cli.options import As, Comment, Key, comment, needed, who_am_i
from cli.reader import Reader
from cli.terminal import output
from cli.workers import demand_worker
from contracts.approvals import DecisionKind

GateName = Annotated[
    str | None, typer.Option("--gate", metavar="NAME", help="Only if this gate is the open one.")
]
Why = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why; needed.")]


def approve(
    context: typer.Context, key: Key, gate: GateName = None, text: Comment = "", by: As = None
) -> None:
    """Approve what is asked at the open gate."""
    _decide(context, key, gate, (DecisionKind.APPROVE, comment(text, "comment"), by))


def reject(
    context: typer.Context, key: Key, text: Why, gate: GateName = None, by: As = None
) -> None:
    """Say no: the work ends as failed."""
    _decide(context, key, gate, (DecisionKind.REJECT, needed(text, "comment"), by))


def request_changes(
    context: typer.Context, key: Key, text: Why, gate: GateName = None, by: As = None
) -> None:
    """Send it back: the phase is worked again with your comment."""
    _decide(context, key, gate, (DecisionKind.REQUEST_CHANGES, needed(text, "comment"), by))


def _decide(
    context: typer.Context, key: str, gate: str | None, said: tuple[DecisionKind, str, str | None]
) -> None:
    kind, text, by = said

    async def job(desk: Desk) -> int:
        me = who_am_i(desk.settings, by)
        story = (await Reader(desk).demand(key)).story
        asked = demand_gate(story, gate)
        await demand_worker(desk, key)
        done = await decide(desk, story, decision_on(asked, kind, me, text))
        output().print(done)
        return DONE

    at_desk(context, job, Needs.ALL)
