"""`approvals`: what waits for a decision."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk, at_desk
from cli.exits import DONE
from cli.options import As, AsJson, who_am_i
from cli.terminal import output, plain
from contracts.approvals import ApproversQuestion
from db.approval_votes import ApprovalVotes
from db.approvals import Approvers, WaitingApproval
from db.prospects import RequestProspects
from policy.approvals import Member, has_voice, still_awaited
from policy.moments import in_utc

Mine = Annotated[bool, typer.Option("--mine", help="Only where you may decide.")]
# Of all that waits one's own is picked out; the whole list is cut sooner.
MOST_LOOKED_AT = 10_000
# Each takes several queries.
MOST_ASKED_ABOUT = 50


def approvals(
    context: typer.Context, mine: Mine = False, by: As = None, as_json: AsJson = False
) -> None:
    """What waits for a decision, the nearest deadline first."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            if mine:
                rows = await _mine(session, desk.organization, who_am_i(desk.settings, by))
            else:
                rows = await Approvers(session, desk.organization).waiting()
            stuck = await _stuck(session, desk.organization, rows[:MOST_ASKED_ABOUT])
        if as_json:
            print(json.dumps([_dumped(row, stuck) for row in rows]))
            return DONE
        if not rows:
            output().print("Nothing waits for you." if mine else "Nothing waits for a decision.")
        for row in rows:
            output().print(_line(row) + _aside(row, stuck))
        return DONE

    at_desk(context, job)


async def _stuck(
    session: AsyncSession, organization: str, rows: Sequence[WaitingApproval]
) -> Mapping[UUID, str]:
    """Those of them that too few are left to decide, in words."""
    found = {}
    for row in rows:
        prospects = await RequestProspects(session, organization).of(row.approval_id)
        if prospects is not None and prospects.short:
            found[row.approval_id] = prospects.words
    return found


def _dumped(row: WaitingApproval, stuck: Mapping[UUID, str]) -> dict[str, object]:
    return row.model_dump(mode="json") | {"stuck": stuck.get(row.approval_id)}


def _aside(row: WaitingApproval, stuck: Mapping[UUID, str]) -> str:
    words = stuck.get(row.approval_id)
    return f"  {words}: starter.py why {row.issue_key}" if words else ""


async def _mine(session: AsyncSession, organization: str, name: str) -> list[WaitingApproval]:
    """Where they are awaited themselves, or in somebody's place."""
    approvers = Approvers(session, organization)
    me = await approvers.member(name)
    if me is None:
        return []
    rows = await approvers.waiting(MOST_LOOKED_AT)
    votes = await ApprovalVotes(session).of([row.approval_id for row in rows])
    found = []
    for row in rows:
        lent = await approvers.principals(me, row.issue_key, datetime.now(UTC))
        question = ApproversQuestion(
            organization=organization,
            gate=row.policy,
            level=row.level,
            escalated=row.escalated,
            votes=tuple(votes.get(row.approval_id, ())),
        )
        if _is_awaited(question, (me, *lent), row.requested_by):
            found.append(row)
    return found


def _is_awaited(question: ApproversQuestion, voices: tuple[Member, ...], requested_by: str) -> bool:
    """With one of these voices: the first is the person's own, the others were lent to them."""
    barred = "" if question.gate.allow_requester else requested_by.lower()
    able = [one for one in voices if one.active and one.email.lower() != barred]
    me, *_ = voices
    return me in able and has_voice(question, me) and bool(still_awaited(question, able))


def _line(row: WaitingApproval) -> str:
    until = f"decide by {in_utc(row.expires_at)}" if row.expires_at else "no deadline"
    return f"{until}  {row.issue_key:<12} {plain(row.gate, 40)}  on {plain(row.asked_of, 200)}"
