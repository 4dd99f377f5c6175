"""Texts from outside, made fit."""

import pytest

from contracts.text import clipped, uncoloured


@pytest.mark.parametrize("limit", [1, 10, 22, 23, 60])
def test_what_is_clipped_is_never_longer_than_its_limit(limit: int) -> None:
    said = clipped("a" * 70, limit)
    assert len(said) <= limit
    assert "…" in said


def test_how_much_is_missing_is_said_where_there_is_room() -> None:
    assert clipped("a" * 70, 60).endswith("a… [10 more characters]")
    assert clipped("0123456789abcdef", 10) == "012345678…"


def test_what_was_written_for_a_terminal_is_read_without_its_signs() -> None:
    said = "\x1b]0;title\x07\x1b[1;32m● Edit\x1b[0m a.py \x1b[2K\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"
    assert uncoloured(said) == "● Edit a.py link"
