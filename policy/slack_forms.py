"""Slack's buttons and the form behind them: what they are called, and how they are drawn."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from contracts.approvals import DecisionKind
from contracts.text import clipped
from policy.payloads import Payload
from policy.strict_json import read_json

DECISIONS: Mapping[str, DecisionKind] = MappingProxyType(
    {
        "slipway:approve": DecisionKind.APPROVE,
        "slipway:reject": DecisionKind.REJECT,
        "slipway:request_changes": DecisionKind.REQUEST_CHANGES,
    }
)
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "slipway:approve": "Approve",
        "slipway:request_changes": "Request changes",
        "slipway:reject": "Reject",
    }
)
STYLES = {"slipway:approve": "primary", "slipway:reject": "danger"}
WHY = "slipway:why"
"""The form's callback_id; also what its one field is called."""
UNKNOWN = "An admin links your account to you: starter.py users link EMAIL slack:TEAM:USER"
# https://docs.slack.dev/reference/views/modal-views, and /block-kit/blocks/section-block
TITLE, SECTION, TYPED = 24, 3_000, 3_000


@dataclass(frozen=True)
class Pressed:
    """One of our buttons. `value` says what it was drawn for: `KEY approval-id subject-hash`;
    `channel` is where, `said` what was typed beside it."""

    action: str
    value: str
    channel: str = ""
    said: str = ""

    @property
    def decision(self) -> DecisionKind:
        return DECISIONS[self.action]

    @property
    def key(self) -> str:
        return self.value.partition(" ")[0]


def pressed_in(payload: Payload) -> Pressed | None:
    """The first of our buttons that was pressed, or the form that was sent."""
    if payload.line("type") == "view_submission":
        return _explained(payload)
    if payload.line("type") != "block_actions":
        return None
    for one in payload.each("actions"):
        name = one.line("action_id")
        if name in DECISIONS:
            channel = payload.line("channel", "id") or payload.line("container", "channel_id")
            return Pressed(name, one.line("value"), channel, _typed(payload.at("state")))
    return None


def needs_words(pressed: Pressed) -> bool:
    return pressed.decision is not DecisionKind.APPROVE and not pressed.said


def approval_blocks(text: str, value: str) -> list[dict[str, Any]]:
    """The message, in plain text so that nobody's words can mention a channel, and its buttons."""
    shown = {"type": "plain_text", "text": clipped(text, SECTION) or " ", "emoji": False}
    buttons = [_button(name, value) for name in WORDS]
    actions = {"type": "actions", "block_id": "slipway", "elements": buttons}
    return [{"type": "section", "text": shown}, actions]


def form_of(pressed: Pressed) -> dict[str, Any]:
    """Asks for the reason. What it is about travels along where only Slack and we see it."""
    about = json.dumps([pressed.action, pressed.value, pressed.channel])
    field = {"type": "plain_text_input", "action_id": "text", "multiline": True}
    label = "Why? Whoever works on it next reads this."
    return {
        "type": "modal",
        "callback_id": WHY,
        "private_metadata": about,
        "title": _plain(clipped(f"{WORDS[pressed.action]} {pressed.key}", TITLE)),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": WHY,
                "label": _plain(label),
                "element": {**field, "max_length": TYPED},
            }
        ],
    }


def form_errors() -> dict[str, Any]:
    """The answer to a form that says nothing: it stays open."""
    return {"response_action": "errors", "errors": {WHY: "Say why, so that it can be better."}}


def how_else(pressed: Pressed) -> str:
    """For who can't be shown a form."""
    word = "reject" if pressed.decision is DecisionKind.REJECT else "request-changes"
    code = pressed.value.rpartition(" ")[2][:8]
    return (
        f"{WORDS[pressed.action]} needs a reason, and this app can't ask for one here. Comment on "
        f"the ticket: /{word} {code} WHY, or say: starter.py {word} {pressed.key} --comment WHY"
    )


def told_of(pressed: Pressed, done: bool, why: str) -> str:
    """What came of it, for who pressed the button."""
    what = f"{pressed.key}: {WORDS[pressed.action].lower()}"
    if done:
        return f"{what} — your decision is recorded."
    said = why or "nobody says why"
    more = f" {UNKNOWN}" if said.endswith("is nobody we know") else ""
    return f"{what} — your decision does not count: {said}.{more}"


def _explained(payload: Payload) -> Pressed | None:
    if payload.line("view", "callback_id") != WHY:
        return None
    try:
        about = read_json(payload.text("view", "private_metadata").encode())
    except ValueError:
        return None
    if not isinstance(about, list) or len(about) != 3:
        return None
    action, value, channel = (Payload(one).line() for one in about)
    if action not in DECISIONS:
        return None
    return Pressed(action, value, channel, _typed(payload.at("view", "state")))


def _typed(state: Payload) -> str:
    """The first text of any field."""
    for block in state.values("values"):
        for typed in block.values():
            if text := typed.text("value").strip():
                return text
    return ""


def _button(name: str, value: str) -> dict[str, Any]:
    button: dict[str, Any] = {
        "type": "button",
        "action_id": name,
        "text": _plain(WORDS[name]),
        "value": value,
    }
    if name in STYLES:
        button["style"] = STYLES[name]
    if DECISIONS[name] is DecisionKind.APPROVE:
        # One slip of the thumb is not a decision.
        button["confirm"] = {
            "title": _plain("Approve?"),
            "text": _plain("It counts as your decision, with your name."),
            "confirm": _plain("Approve"),
            "deny": _plain("Not yet"),
        }
    return button


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
