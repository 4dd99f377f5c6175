"""Who may decide at an open gate, and how those who are elsewhere do it."""

from collections.abc import Sequence
from uuid import UUID

from cli.context import Desk
from cli.story import Story
from cli.terminal import plain
from contracts.events import ApprovalRequested
from contracts.identity import Role
from contracts.prospects import Prospects
from db.approvals import Approvers
from db.prospects import RequestProspects
from policy.approvals import Member, seats_of

MOST_NAMED = 5


async def prospects_at(desk: Desk, asked: ApprovalRequested) -> Prospects:
    """Who may decide right now; nobody where it is not asked any more."""
    async with desk.sessions() as session:
        found = await RequestProspects(session, desk.organization).of(asked.approval_id)
    return found or Prospects()


async def may_decide(
    desk: Desk, asked: ApprovalRequested, email: str, becoming: Role | None = None
) -> bool:
    """At the level that is asked now, by role and team: what else speaks against it, the gate
    says itself. Who is no member counts as the one they would be, `becoming` that."""
    async with desk.sessions() as session:
        approvers = Approvers(session, desk.organization)
        member = await approvers.member(email)
        waiting = {row.approval_id: row for row in await approvers.waiting()}
    row = waiting.get(asked.approval_id)
    if member is None and becoming is not None:
        member = Member(user_id=UUID(int=0), role=becoming, active=True, email=email)
    if member is None or row is None:
        return member is not None
    return bool(seats_of(row.asked_level, row.escalated, member))


async def still_awaited(desk: Desk, story: Story, asked: ApprovalRequested, but: str) -> str:
    """Whom the gate waits for, who that is, and how they decide; `but` has said what they can."""
    prospects = await prospects_at(desk, asked)
    others = [email for email in prospects.may if email.lower() != but.lower()]
    nobody = "; ".join(part for part in (prospects.words, prospects.advice) if part)
    names = some_of(others, MOST_NAMED) or nobody or "nobody else yet"
    return (
        f"Gate {asked.gate.name} now waits for {plain(asked.words(), 200)} ({names}). They "
        f"decide with starter.py approve {story.issue_key} --as EMAIL, by a review, a comment or "
        "in Slack, wherever the gateway hears them."
    )


def some_of(people: Sequence[str], most: int) -> str:
    """`ann@example.org, max@example.org and 3 more`"""
    more = f" and {len(people) - most} more" if len(people) > most else ""
    return ", ".join(map(plain, people[:most])) + more
