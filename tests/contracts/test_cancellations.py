"""Who cancelled and why, as it travels through Temporal."""

import pytest

from contracts.jira_work import Cancellation


def test_who_and_why_arrive_as_they_were_said() -> None:
    said = Cancellation(by="ann@example.org", reason='two\nlines, "quotes"')
    assert Cancellation.heard(said.model_dump_json()) == said


@pytest.mark.parametrize(
    "text", ["", "Cancelled from the Web UI", "{", '{"user": "x"}', "null", "[1]", '{"by": 1}']
)
def test_anything_else_is_a_reason_in_free_words(text: str) -> None:
    assert Cancellation.heard(text) == Cancellation(by=None, reason=text)


def test_free_words_are_made_fit_for_the_ledger() -> None:
    assert Cancellation.heard("a\0b" + "x" * 20_000).reason == "ab" + "x" * 9_997
