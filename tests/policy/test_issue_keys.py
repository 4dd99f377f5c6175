"""Issue keys, and what only looks like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.commands import MAX_KEYS
from policy.issue_keys import is_key, keys_in


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("feature/PROJ-123-rounding", ("PROJ-123",)),
        ("slipway/PROJ-123-2", ("PROJ-123",)),
        ("PROJ-1: fix, see PROJ-2 and PROJ-1", ("PROJ-1", "PROJ-2")),
        ("A_B2-7", ("A_B2-7",)),
        ("proj-1", ()),
        ("PROJ-0", ()),
        ("PROJ-01", ()),
        ("P-1", ()),
        ("XPROJECTNAME-1", ()),
        ("PROJ-12345678901", ()),
        ("PROJ-1abc", ()),
        ("\u0420ROJ-1", ()),  # A Cyrillic letter.
        ("PROJ-1\u0430", ()),
        ("PROJ-\u0661", ()),  # An Arabic digit.
    ],
)
def test_keys_are_found(text: str, keys: tuple[str, ...]) -> None:
    assert keys_in(text) == keys


@pytest.mark.parametrize(
    "text",
    ["PROJ-1; rm -rf /", "$(id)", "../../etc/passwd", "PROJ-1\n", "PROJ-1\x00", "A" * 9_999],
)
def test_nothing_but_a_key_is_a_key(text: str) -> None:
    assert not is_key(text)


@given(st.text(st.sampled_from("ABz-_019 \n\x00/\u0410")), st.text())
def test_whatever_is_found_is_a_key(one: str, other: str) -> None:
    found = keys_in(one, other)
    assert len(found) <= MAX_KEYS
    assert all(is_key(key) for key in found)
