"""`approvals`, `approve`, `reject`, `request-changes`, `delegate`."""

import json
from datetime import UTC, datetime, time
from typing import Annotated

import typer

from cli.context import Desk, Needs, at_desk
from cli.decisions import decide, decision_on, demand_gate, sealed
from cli.exits import DONE, WrongUseError
from cli.options import As, AsJson, Comment, Key, comment, needed, one_of, who_am_i
from cli.reader import Reader
from cli.terminal import output, plain
from cli.workers import demand_worker
from contracts.approvals import DecisionKind
from contracts.delegations import Delegation, DelegationScope
from db.approvals import Approvers, Waiting
from policy.approvals import Member, seats_of

GateName = Annotated[
    str | None, typer.Option("--gate", metavar="NAME", help="Only if this gate is the open one.")
]
Mine = Annotated[bool, typer.Option("--mine", help="Only where you may decide.")]
To = Annotated[str, typer.Option("--to", metavar="EMAIL", help="Who decides in your place.")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="Such as 2026-05-31.")]
Scope = Annotated[
    DelegationScope,
    typer.Option(
        "--scope",
        metavar="issue|project|organization",
        parser=one_of(DelegationScope, "a scope"),
        help="Only KEY, its project, or everything.",
    ),
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


def delegate(
    context: typer.Context,
    key: Key,
    to: To,
    until: Until,
    scope: Scope = DelegationScope.ISSUE,
    text: Comment = "",
    by: As = None,
) -> None:
    """Let somebody else decide in your place, for at most 30 days."""
    ends = _moment(until)

    async def job(desk: Desk) -> int:
        said = Delegation(
            by=who_am_i(desk.settings, by),
            to=to,
            until=ends,
            scope=scope,
            comment=comment(text, "comment"),
        )
        await demand_worker(desk, key)
        done = await desk.orchestrations.update(key, "delegate", sealed(desk, key, said))
        output().print(f"{key}: {plain(done)}")
        return DONE

    at_desk(context, job, Needs.ALL)


def _is_mine(row: Waiting, me: Member) -> bool:
    own = row.requested_by.lower() == me.email.lower() and not row.policy.allow_requester
    return bool(seats_of(row.asked_level, row.escalated, me)) and not own


def _line(row: Waiting) -> str:
    until = f"{row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else "no deadline"
    return f"{until}  {row.issue_key:<12} {plain(row.gate, 40)}  on {plain(row.asked_of, 200)}"


def _moment(text: str) -> datetime:
    """A date means its end; without a time zone it is UTC. Raises WrongUseError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        why = f"{plain(text, 60)!r} is no date: say --until 2026-05-31"
        raise WrongUseError(why) from error
    if len(text) <= len("2026-05-31"):
        moment = datetime.combine(moment.date(), time.max)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _decide(
    context: typer.Context, key: str, gate: str | None, said: tuple[DecisionKind, str, str | None]
) -> None:
    kind, text, by = said

    async def job(desk: Desk) -> int:
        me = who_am_i(desk.settings, by)
        story = (await Reader(desk).demand(key)).story
        asked = demand_gate(story, gate)
        await demand_worker(desk, key)
        done, _ = await decide(desk, story, decision_on(asked, kind, me, text))
        output().print(done)
        return DONE

    at_desk(context, job, Needs.ALL)
