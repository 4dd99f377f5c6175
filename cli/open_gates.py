"""`approvals`: what waits for a decision."""

import json
from typing import Annotated

import typer

from cli.context import Desk, at_desk
from cli.exits import DONE
from cli.options import As, AsJson, who_am_i
from cli.terminal import output, plain
from db.approvals import Approvers, Waiting
from policy.approvals import Member, seats_of

Mine = Annotated[bool, typer.Option("--mine", help="Only where you may decide.")]


def approvals(
    context: typer.Context, mine: Mine = False, by: As = None, as_json: AsJson = False
) -> None:
    """What waits for a decision, the nearest deadline first."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            approvers = Approvers(session, desk.organization)
            rows = await approvers.waiting()
            if mine:
                me = await approvers.member(who_am_i(desk.settings, by))
                rows = [row for row in rows if me is not None and _is_mine(row, me)]
        if as_json:
            print(json.dumps([row.model_dump(mode="json") for row in rows]))
            return DONE
        if not rows:
            output().print("Nothing waits for you." if mine else "Nothing waits for a decision.")
        for row in rows:
            output().print(_line(row))
        return DONE

    at_desk(context, job)


def _is_mine(row: Waiting, me: Member) -> bool:
    own = row.requested_by.lower() == me.email.lower() and not row.policy.allow_requester
    return bool(seats_of(row.asked_level, row.escalated, me)) and not own


def _line(row: Waiting) -> str:
    until = f"{row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else "no deadline"
    return f"{until}  {row.issue_key:<12} {plain(row.gate, 40)}  on {plain(row.asked_of, 200)}"
