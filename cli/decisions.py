"""Decisions at gates: sent, and what a refusal means for the person who gets it."""

from cli.context import Desk
from cli.exits import NotFoundError
from cli.story import Story
from cli.terminal import plain
from clients.orchestrations import RefusedError
from contracts.approvals import Decision, DecisionChannel, DecisionKind, Refusal
from contracts.events import ApprovalRequested
from contracts.identity import Role
from db.history import History
from db.identity import Organizations, People

DEMO_APPROVER = "demo-approver@slipway.invalid"

DONE = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.REJECT: "rejected; the work ends as failed",
    DecisionKind.REQUEST_CHANGES: "sent back; the phase is worked again with your comment",
}
ADVICE = {
    Refusal.UNKNOWN_APPROVAL: "Look at what is asked now: starter.py why {key}",
    Refusal.NOT_AN_APPROVER: (
        "These may decide: {deciders}. Ask one of them, or make somebody one: "
        "python -m db seed --email EMAIL --role MANAGER"
    ),
    Refusal.ALREADY_DECIDED: "Nothing is left to do: starter.py status {key}",
    Refusal.OWN_WORK: (
        "Ask another one of those who may decide: {deciders}. Whoever works alone outside "
        "production answers at the terminal of starter.py work {key}, or lets --yes approve; a "
        "playbook may also say allow_requester: true."
    ),
    Refusal.COMMENT_NEEDED: "Say it again with --comment TEXT.",
    Refusal.SUBJECT_CHANGED: "Look at it again: starter.py why {key}",
}


def demand_gate(story: Story, gate: str | None) -> ApprovalRequested:
    """What is asked right now. Raises NotFoundError."""
    key = story.issue_key
    if story.asked is None:
        raise NotFoundError(
            f"No gate of {key} is open, so there is nothing to decide. See where it is: "
            f"starter.py status {key}"
        )
    if gate is not None and gate != story.asked.gate.name:
        raise NotFoundError(
            f"{key} waits at gate {story.asked.gate.name}, not at {plain(gate, 40)}."
        )
    return story.asked


def decision_on(asked: ApprovalRequested, kind: DecisionKind, by: str, comment: str) -> Decision:
    """Counts only for what the person was shown."""
    return Decision(
        decision=kind,
        by=by,
        comment=comment,
        approval_id=asked.approval_id,
        gate=asked.gate.name,
        subject_hash=asked.subject_hash,
        channel=DecisionChannel.CLI,
    )


async def decide(desk: Desk, issue_key: str, asked: ApprovalRequested, decision: Decision) -> str:
    """What was done, in words. Raises RefusedError, with what to do about it."""
    try:
        await desk.orchestrations.update(issue_key, "decide", decision)
    except RefusedError as error:
        advice = await _advice(desk, issue_key, asked, error.refusal)
        why = f"The decision does not count ({error.refusal}): {error}. {advice}".strip()
        raise RefusedError(error.refusal, why) from error
    return f"{issue_key}, gate {asked.gate.name}: {DONE[decision.decision]} (by {decision.by})"


async def deciders(desk: Desk, asked: ApprovalRequested) -> list[str]:
    async with desk.sessions() as session:
        return await History(session).deciders(desk.organization, asked.gate.roles)


async def make_demo_approver(desk: Desk) -> None:
    """Outside production alone: a manager who stands in for the second person."""
    async with desk.sessions.begin() as session:
        organization = await Organizations(session).ensure(desk.organization, desk.organization)
        await People(session, organization).ensure(DEMO_APPROVER, "Demo approver", Role.MANAGER)


async def _advice(desk: Desk, issue_key: str, asked: ApprovalRequested, refusal: str) -> str:
    if refusal not in list(Refusal):
        return ""
    people = ", ".join(map(plain, await deciders(desk, asked))) or "nobody yet"
    return ADVICE[Refusal(refusal)].format(key=issue_key, deciders=people)
