"""Text from tickets in the Web UI's Markdown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.markdown import escaped


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Round <b>half</b> cents", r"Round \<b\>half\</b\> cents"),
        ("[click](javascript:x)", r"\[click\]\(javascript:x\)"),
        ("a | b", r"a \| b"),
        ("R&D &lt;", r"R\&D \&lt;"),
        ("line\nbreak", "line break"),
        ("`code` *bold*", r"\`code\` \*bold\*"),
    ],
)
def test_what_was_written_is_what_is_shown(written: str, shown: str) -> None:
    assert escaped(written) == shown


@given(st.text())
def test_no_tag_and_no_second_line_gets_through(written: str) -> None:
    assert not re.search(r"(?<!\\)(\\\\)*[<>&]|\n", escaped(written))
