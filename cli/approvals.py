"""`approve`, `reject`, `request-changes`, `delegate`."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated

import typer

from cli.connected import ConnectedDesk, at_connected_desk
from cli.decisions import decide, decision_on, demand_gate, sealed, unheeded
from cli.exits import DONE, WrongUseError
from cli.options import As, Comment, Key, comment, decision_code, needed, one_of, who_am_i
from cli.reader import Reader
from cli.terminal import output, plain, say
from cli.workers import demand_worker
from clients.temporal.orchestrations import RefusedError
from contracts.approvals import DecisionKind
from contracts.delegations import LONGEST, Delegation, DelegationScope

GateName = Annotated[
    str | None, typer.Option("--gate", metavar="NAME", help="Only if this gate is the open one.")
]
Code = Annotated[
    str | None,
    typer.Option(
        "--code",
        metavar="CODE",
        parser=decision_code,
        help="Only what has this code; `why` shows it.",
    ),
]
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


@dataclass(frozen=True)
class Said:
    """Counts only at this gate, and for what has this code, where they are named."""

    kind: DecisionKind
    comment: str
    by: str | None
    gate: str | None
    code: str | None


def approve(
    context: typer.Context,
    key: Key,
    gate: GateName = None,
    code: Code = None,
    text: Comment = "",
    by: As = None,
) -> None:
    """Approve what is asked at the open gate."""
    said = Said(DecisionKind.APPROVE, comment(text, "comment"), by, gate, code)
    _decide(context, key, said)


def reject(
    context: typer.Context,
    key: Key,
    text: Why,
    gate: GateName = None,
    code: Code = None,
    by: As = None,
) -> None:
    """Say no: the work ends as failed."""
    said = Said(DecisionKind.REJECT, needed(text, "comment"), by, gate, code)
    _decide(context, key, said)


def request_changes(
    context: typer.Context,
    key: Key,
    text: Why,
    gate: GateName = None,
    code: Code = None,
    by: As = None,
) -> None:
    """Send it back: the phase is worked again with your comment."""
    said = Said(DecisionKind.REQUEST_CHANGES, needed(text, "comment"), by, gate, code)
    _decide(context, key, said)


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

    async def job(desk: ConnectedDesk) -> int:
        said = Delegation(
            by=who_am_i(desk.settings, by),
            to=to,
            until=ends,
            scope=scope,
            comment=comment(text, "comment"),
        )
        await demand_worker(desk, key)
        try:
            done = await desk.orchestrations.update(key, "delegate", sealed(desk, key, said))
        except RefusedError as error:
            why = f"{key}: {error} ({error.refusal}). Who is known: starter.py users list"
            raise RefusedError(error.refusal, why) from error
        output().print(f"{key}: {plain(done)}")
        return DONE

    at_connected_desk(context, job)


def _moment(text: str) -> datetime:
    """A date means its end; without a time zone it is UTC. Raises WrongUseError, also for what is
    over, or further away than anybody may decide for another."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        why = f"{plain(text, 60)!r} is no date: say --until 2026-05-31"
        raise WrongUseError(why) from error
    if len(text) <= len("2026-05-31"):
        moment = datetime.combine(moment.date(), time.max)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= datetime.now(UTC):
        raise WrongUseError(f"{plain(text, 60)} is over: say --until with a day that is to come.")
    if moment > datetime.now(UTC) + LONGEST:
        raise WrongUseError(
            f"{plain(text, 60)} is too far away: a delegation ends within {LONGEST.days} days."
        )
    return moment


def _decide(context: typer.Context, key: str, said: Said) -> None:
    async def job(desk: ConnectedDesk) -> int:
        me = who_am_i(desk.settings, said.by)
        story = (await Reader(desk).demand(key)).story
        asked = demand_gate(story, said.gate, said.code)
        await demand_worker(desk, key)
        done, _ = await decide(desk, story, decision_on(asked, said.kind, me, said.comment))
        output().print(done)
        if (warning := unheeded(story, said.kind)) is not None:
            say(warning)
        return DONE

    at_connected_desk(context, job)
