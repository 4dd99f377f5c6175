"""Links' tokens: bound to what they are for, and made of nothing that is kept."""

from dataclasses import replace
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.approvals import DecisionKind
from policy.approval_links import LinkTo, link_of, once, token_hash, token_of, with_link

TO = LinkTo(UUID(int=1), UUID(int=2), "hash")
NONCE = bytes(32)
APPROVE, REJECT = DecisionKind.APPROVE, DecisionKind.REJECT


@given(st.text(min_size=1), st.binary(min_size=32, max_size=32), st.uuids(), st.text())
def test_a_token_is_the_same_whenever_it_is_made(
    key: str, nonce: bytes, id: UUID, subject_hash: str
) -> None:
    key, subject_hash = (text.encode(errors="replace").decode() for text in (key, subject_hash))
    to = LinkTo(id, id, subject_hash)
    token = token_of(key, nonce, to)
    assert token == token_of(key, nonce, to)
    assert token_hash(token) == sha256(token.encode()).digest()


def test_a_token_is_another_for_everything_it_is_bound_to() -> None:
    made = [
        token_of("key", NONCE, TO),
        token_of("other", NONCE, TO),
        token_of("key", bytes(31) + b"\x01", TO),
        token_of("key", NONCE, replace(TO, approval_id=UUID(int=3))),
        token_of("key", NONCE, replace(TO, user_id=UUID(int=3))),
        token_of("key", NONCE, replace(TO, subject_hash="another")),
    ]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("text", ["", "x", "x" * 42, "x" * 44, "x" * 42 + "/", "x" * 43 + "\n"])
def test_what_can_be_no_token_is_not_even_looked_for(text: str) -> None:
    assert token_hash(text) is None


def test_the_same_words_are_one_update_until_they_were_refused() -> None:
    link = uuid4()
    first = once(link, 0, REJECT, "too  risky\r\n")
    assert once(link, 0, REJECT, "too risky") == first
    others = {
        once(link, 1, REJECT, "too risky"),
        once(link, 0, APPROVE, "too risky"),
        once(link, 0, REJECT, "too late"),
        once(uuid4(), 0, REJECT, "too risky"),
    }
    assert len(others | {first}) == 5


def test_a_message_begins_with_its_link_and_says_whose_it_is() -> None:
    link = link_of("https://slipway.example.org/", "token")
    text = with_link("What it is about", link)
    assert text.startswith("Look and decide: https://slipway.example.org/approvals/token\n")
    assert "for you alone" in text
    assert text.endswith("What it is about")
