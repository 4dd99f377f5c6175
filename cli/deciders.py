"""Who may decide at an open gate, and how those who are elsewhere do it."""

from cli.context import Desk
from cli.story import Story
from cli.terminal import plain
from contracts.events import ApprovalRequested
from db.approvals import Approvers
from policy.approvals import seats_of

MOST_NAMED = 5


async def deciders(desk: Desk, asked: ApprovalRequested, requester: str) -> list[str]:
    """Who may decide right now, by e-mail address."""
    level = asked.gate.stages[asked.level - 1]
    async with desk.sessions() as session:
        approvers = Approvers(session, desk.organization)
        waiting = {row.approval_id: row for row in await approvers.waiting()}
        row = waiting.get(asked.approval_id)
        members = await approvers.among(level.asked(row.escalated if row else 0))
    people = [member.email for member in members]
    if asked.gate.allow_requester:
        return people
    return [email for email in people if email.lower() != requester.lower()]


async def may_decide(desk: Desk, asked: ApprovalRequested, email: str) -> bool:
    """At the level that is asked now, by role and team: what else speaks against it, the gate
    says itself."""
    async with desk.sessions() as session:
        approvers = Approvers(session, desk.organization)
        member = await approvers.member(email)
        waiting = {row.approval_id: row for row in await approvers.waiting()}
    row = waiting.get(asked.approval_id)
    if member is None or row is None:
        return member is not None
    return bool(seats_of(row.asked_level, row.escalated, member))


async def still_awaited(desk: Desk, story: Story, asked: ApprovalRequested, but: str) -> str:
    """Whom the gate waits for, who that is, and how they decide; `but` has said what they can."""
    people = await deciders(desk, asked, story.requested_by)
    others = [email for email in people if email.lower() != but.lower()]
    names = ", ".join(map(plain, others[:MOST_NAMED])) or "nobody yet: make somebody one"
    more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return (
        f"Gate {asked.gate.name} now waits for {plain(asked.words(), 200)} ({names}{more}). They "
        f"decide with starter.py approve {story.issue_key} --as EMAIL, by a review, a comment or "
        "in Slack, wherever the gateway hears them."
    )
