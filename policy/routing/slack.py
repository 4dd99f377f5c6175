"""Slack's buttons: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload,
and the form that asks why: …/view-interactions-payload"""

from uuid import UUID

from contracts.approvals import DecisionChannel
from contracts.commands import Decide, IdentityProvider, Subject
from policy.house_rules import Found, Ignored, Reading
from policy.issue_keys import is_key
from policy.slack_forms import Pressed, pressed_in


def from_slack(reading: Reading) -> Found:
    """A button's value is `KEY-1 approval-id subject-hash`: it decides on what it was drawn for,
    and on nothing that came later. A reason that is missing, the gate asks for."""
    payload = reading.payload
    pressed = pressed_in(payload)
    if pressed is None:
        kind = payload.line("type") or "this event"
        ours = kind == "block_actions"
        return Ignored("no button of ours" if ours else f"nothing to do for {kind}")
    workspace, user = payload.line("user", "team_id"), payload.line("user", "id")
    workspace = workspace or payload.line("team", "id")
    if not workspace or not user:
        return Ignored("pressed by nobody")
    by = reading.account(IdentityProvider.SLACK, f"{workspace}:{user}")
    if by is None or reading.rules.is_own(by):
        return Ignored("no button of ours")
    key, approval_id, code = _drawn_for(pressed)
    if approval_id is None:
        return Ignored("a button that names no approval")
    moments = [one.moment("action_ts") for one in payload.each("actions")[:1]]
    return [
        Decide(
            about=Subject(keys=(key,)),
            at=reading.version(*moments),
            by=by,
            decision=pressed.decision,
            channel=DecisionChannel.SLACK,
            comment=pressed.said,
            code=code,
            approval_id=approval_id,
        )
    ]


def _drawn_for(pressed: Pressed) -> tuple[str, UUID | None, str | None]:
    key, _, rest = pressed.value.partition(" ")
    approval, _, code = rest.partition(" ")
    try:
        return key, UUID(approval) if is_key(key) else None, code or None
    except ValueError:
        return key, None, None
