"""A diff as the people see it who decide on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.diffs import displayed


@pytest.mark.parametrize(
    ("diff", "lines"),
    [
        ("", []),
        ("+a\n b\n", ["+a", " b"]),
        ("+a\r\n b\r\n", ["+a", " b"]),
        ("+\x0c return True\n", ["+⟨U+000C⟩ return True"]),
        ("+# a\u2028 return True\n", ["+# a⟨U+2028⟩ return True"]),
        ("+a\r return True\n", ["+a⟨U+000D⟩ return True"]),
        ("+if admin:\u202e # \u2066no\n", ["+if admin:⟨U+202E⟩ # ⟨U+2066⟩no"]),
        ("+\tžlutý, 世界\u00a0x\n", ["+\tžlutý, 世界\u00a0x"]),
        (f"+{'a' * 2_500}\n", [f"+{'a' * 1_976}… [501 more characters]"]),
    ],
)
def test_nothing_is_hidden_and_nothing_looks_as_if_it_had_been_there(
    diff: str, lines: list[str]
) -> None:
    assert displayed(diff) == lines


@given(st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1)))
def test_as_many_lines_are_shown_as_git_has_told(lines: list[str]) -> None:
    shown = displayed("".join(f"+{line}\n" for line in lines))
    assert len(shown) == len(lines)
    assert all(line.startswith("+") and len(line.splitlines()) == 1 for line in shown)
