"""Decisions at gates: sent, and what a refusal means for the person who gets it."""

from datetime import UTC, datetime

from cli.connected import ConnectedDesk
from cli.context import Desk
from cli.deciders import prospects_at
from cli.exits import ForbiddenByStateError, NotFoundError, WrongUseError
from cli.story import Story
from cli.terminal import plain
from clients.temporal.orchestrations import RefusedError
from contracts.approvals import (
    ApprovalStatus,
    Decision,
    DecisionChannel,
    DecisionKind,
    Refusal,
)
from contracts.events import ApprovalRequested
from contracts.prospects import Prospects
from policy.decision_signatures import Signed, addressee, signed
from policy.keys import SHARE_DECISION_KEY
from settings import Settings

UNHEEDED = (
    "Nobody in {phase} reads words: what works there goes by rules, so it will ask the same again, "
    "and say that your comment was not followed. The comment goes on to the next agent that reads "
    "prose. For another one name an agent for {phase} in the playbook, or edit the ticket "
    "(starter.py edit {key} --description-file FILE), and begin anew: what goes on has the ticket "
    "as it was."
)
DONE = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.REJECT: "rejected; the work ends as failed",
    DecisionKind.REQUEST_CHANGES: "sent back; the phase is worked again with your comment",
}
ADVICE = {
    Refusal.UNKNOWN_APPROVAL: "Look at what is asked now: starter.py why {key}",
    Refusal.NOT_AN_APPROVER: "{ask}",
    Refusal.ALREADY_DECIDED: "See what it waits for now: starter.py why {key}",
    Refusal.OWN_WORK: "{ask}",
    Refusal.FOUR_EYES: "{ask}",
    Refusal.UNVERIFIED: (
        f"Decide as yourself: set SLIPWAY_USER, leave --as out, and {SHARE_DECISION_KEY}; or "
        "decide where the gateway knows you."
    ),
    Refusal.COMMENT_NEEDED: "Say it again with --comment TEXT.",
    Refusal.SUBJECT_CHANGED: "Look at it again: starter.py why {key}",
}
ALONE = (
    "Who works alone outside production says starter.py work {key} --watch and answers there, or "
    "adds --yes."
)


def refuse_yes_in_production(settings: Settings) -> None:
    if settings.production:
        raise WrongUseError(
            "--yes is refused in production: an approval is a person's word. Leave it out, and "
            "let somebody who may decide say starter.py approve KEY."
        )


def demand_gate(story: Story, gate: str | None, code: str | None = None) -> ApprovalRequested:
    """What is asked right now. Raises NotFoundError, and ForbiddenByStateError while nothing is
    asked of work that goes on, or another thing than what has this `code`."""
    key = story.issue_key
    if story.asked is None:
        absent = NotFoundError if story.status.terminal else ForbiddenByStateError
        raise absent(
            f"No gate of {key} is open, so there is nothing to decide. See where it is: "
            f"starter.py status {key}"
        )
    if gate is not None and gate != story.asked.gate.name:
        raise NotFoundError(
            f"{key} waits at gate {story.asked.gate.name}, not at {plain(gate, 40)}."
        )
    if code is not None and not story.asked.subject_hash.startswith(code):
        raise ForbiddenByStateError(
            f"Gate {story.asked.gate.name} of {key} asks about something else by now, so nothing "
            f"is decided. Look at it again: starter.py why {key}"
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


async def decide(
    desk: ConnectedDesk, story: Story, decision: Decision
) -> tuple[str, ApprovalStatus]:
    """What was done at the story's open gate, in words, and how the gate stands. Raises
    RefusedError, with what to do."""
    asked = demand_gate(story, decision.gate)
    message = sealed(desk, story.issue_key, decision)
    try:
        status = await desk.orchestrations.update(story.issue_key, "decide", message)
    except RefusedError as error:
        advice = _advice(error.refusal, story.issue_key, await prospects_at(desk, asked))
        if error.refusal == Refusal.OWN_WORK and _may_answer_alone(desk, story, decision.by):
            advice = f"{advice} {ALONE.format(key=story.issue_key)}"
        why = f"The decision does not count ({error.refusal}): {error}. {advice}".strip()
        raise RefusedError(error.refusal, why) from error
    done = DONE[decision.decision]
    if status == ApprovalStatus.PENDING:
        done = "counted; others must agree as well"
    what = f"{story.issue_key}, gate {asked.gate.name}{_at_commit(asked)}"
    return f"{what}: {done} (by {decision.by})", ApprovalStatus(status)


def unheeded(story: Story, kind: DecisionKind) -> str | None:
    """What to tell whoever asks for changes of those who follow no words."""
    if kind is not DecisionKind.REQUEST_CHANGES or story.unheeding is None:
        return None
    return UNHEEDED.format(phase=story.unheeding, key=story.issue_key)


def sealed(desk: Desk, issue_key: str, message: Signed) -> Signed:
    """Signed, where there is a key to sign with. In production nobody vouches for --as."""
    settings = desk.settings
    keys = settings.slipway_decision_key
    key = keys.get_secret_value().partition(",")[0].strip() if keys else ""
    if not key:
        return message
    itself = message.by.lower() == (settings.slipway_user or "").lower()
    vouched = message.model_copy(update={"vouched": itself or not settings.production})
    return signed(vouched, key, addressee(desk.organization, issue_key), datetime.now(UTC))


def _at_commit(asked: ApprovalRequested) -> str:
    commit = asked.subject.get("commit")
    return f" at {plain(commit)[:10]}" if isinstance(commit, str) else ""


def _advice(refusal: str, issue_key: str, prospects: Prospects) -> str:
    if refusal not in list(Refusal):
        return ""
    return ADVICE[Refusal(refusal)].format(key=issue_key, ask=_whom_to_ask(issue_key, prospects))


def _may_answer_alone(desk: Desk, story: Story, by: str) -> bool:
    """Whether the demo approver would speak for them (cli/gatekeeper.py): not for whoever did a
    part of what another asked for."""
    asked_for_it = story.requested_by.lower() == by.lower()
    barred = story.asked is not None and not story.asked.gate.allow_requester
    return asked_for_it and barred and not desk.settings.production


def _whom_to_ask(issue_key: str, prospects: Prospects) -> str:
    if not prospects.may:
        return f"{_sentence(prospects.words)} {_sentence(prospects.advice)}".strip()
    names = ", ".join(map(plain, prospects.may))
    told = f"Ask one who may: {names} (starter.py approve {issue_key} --as EMAIL)."
    return f"{told} {_sentence(prospects.words)} {_sentence(prospects.advice)}".strip()


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""
