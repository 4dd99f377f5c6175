"""Slack's buttons: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""

from uuid import UUID

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.commands import Decide, IdentityProvider, Subject
from policy.house_rules import Found, Ignored, Reading
from policy.issue_keys import is_key
from policy.payloads import Payload

DECISIONS = {
    "slipway:approve": DecisionKind.APPROVE,
    "slipway:reject": DecisionKind.REJECT,
    "slipway:request_changes": DecisionKind.REQUEST_CHANGES,
}


def from_slack(reading: Reading) -> Found:
    """A button's value is `KEY-1 approval-id subject-hash`: it decides on what it was drawn for,
    and on nothing that came later."""
    payload = reading.payload
    if payload.line("type") != "block_actions":
        return Ignored(f"nothing to do for {payload.line('type') or 'this event'}")
    workspace, user = payload.line("user", "team_id"), payload.line("user", "id")
    workspace = workspace or payload.line("team", "id")
    if not workspace or not user:
        return Ignored("pressed by nobody")
    by = reading.account(IdentityProvider.SLACK, f"{workspace}:{user}")
    pressed = [(one, one.line("action_id")) for one in payload.each("actions")]
    ours = [(one, DECISIONS[name]) for one, name in pressed if name in DECISIONS]
    if not ours or by is None or reading.rules.is_own(by):
        return Ignored("no button of ours")
    button, decision = ours[0]
    key, approval_id, code = _drawn_for(button)
    if approval_id is None:
        return Ignored("a button that names no approval")
    return [
        Decide(
            about=Subject(keys=(key,)),
            at=reading.version(button.moment("action_ts")),
            by=by,
            decision=decision,
            channel=DecisionChannel.SLACK,
            comment=_words(payload, decision, user),
            code=code,
            approval_id=approval_id,
        )
    ]


def _drawn_for(button: Payload) -> tuple[str, UUID | None, str | None]:
    key, _, rest = button.line("value").partition(" ")
    approval, _, code = rest.partition(" ")
    try:
        return key, UUID(approval) if is_key(key) else None, code or None
    except ValueError:
        return key, None, None


def _words(payload: Payload, decision: DecisionKind, user: str) -> str:
    """What was typed beside the button, in the message's own input."""
    for block in payload.values("state", "values"):
        for typed in block.values():
            if text := typed.text("value").strip():
                return text
    return "" if decision is DecisionKind.APPROVE else f"by a button in Slack ({user})"
