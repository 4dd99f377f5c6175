"""Slack's buttons and the form behind them, as they come back to us."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.payloads import Payload
from policy.slack_forms import WHY, Pressed, form_of, how_else, needs_words, pressed_in, told_of

VALUE = "KEY-1 01890a5d-ac96-774b-bcce-b302099a8057 0123abcd4567"
REJECT = Pressed("slipway:reject", VALUE, "C1")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def sent(view: dict[str, Any], text: str) -> Payload:
    values = {WHY: {"text": {"value": text}}}
    return Payload({"type": "view_submission", "view": {**view, "state": {"values": values}}})


def test_a_form_comes_back_as_the_press_that_it_was_shown_for() -> None:
    back = pressed_in(sent(form_of(REJECT), " too risky\n"))
    assert back == Pressed("slipway:reject", VALUE, "C1", "too risky")


def test_a_form_fits_slack() -> None:
    view = form_of(Pressed("slipway:request_changes", "LONGPROJECT-123456 " + "x" * 400, "C1"))
    assert len(view["title"]["text"]) <= 24
    assert len(view["private_metadata"]) <= 3_000


@pytest.mark.parametrize("metadata", ["", "[", "[" * 9_000, '["slipway:reject"]', '["a", 1, {}]'])
def test_a_form_that_is_not_ours_is_nothing(metadata: str) -> None:
    view = {"callback_id": WHY, "private_metadata": metadata}
    assert pressed_in(sent(view, "why")) is None
    assert pressed_in(sent({**form_of(REJECT), "callback_id": "other"}, "why")) is None


@given(JSON, JSON, JSON)
def test_whatever_comes_is_read_to_an_end(actions: object, view: object, state: object) -> None:
    for kind in ("block_actions", "view_submission"):
        pressed_in(Payload({"type": kind, "actions": actions, "view": view, "state": state}))


@pytest.mark.parametrize(
    ("action", "said", "needs"),
    [
        ("slipway:approve", "", False),
        ("slipway:reject", "", True),
        ("slipway:request_changes", "", True),
        ("slipway:reject", "too risky", False),
    ],
)
def test_only_a_no_needs_words(action: str, said: str, needs: bool) -> None:
    assert needs_words(Pressed(action, VALUE, "C1", said)) is needs


def test_who_is_refused_hears_why_and_what_to_do() -> None:
    assert told_of(REJECT, True, "") == "KEY-1: reject — your decision is recorded."
    told = told_of(REJECT, False, "slack:T1:U1 is nobody we know")
    assert "does not count: slack:T1:U1 is nobody we know. An admin links" in told
    assert "/reject 0123abcd WHY" in how_else(REJECT)
