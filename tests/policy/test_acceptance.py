"""Acceptance criteria, in the ways in which people write them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.issues import Ticket
from policy.acceptance import LONGEST, criteria, criteria_of

MEGABYTE, MANY = 2**20, 40_000
WRITTEN = {
    "bullets": ("- one\n* two\n+ three\n• four", ("one", "two", "three", "four")),
    "numbers": ("1. one\n2) two\n(3) three\na) four", ("one", "two", "three", "four")),
    "checkboxes": ("- [ ] one\n- [x] two\n☐ three", ("one", "two", "three")),
    "labels": ("AC1: one\nAC-2 - two\n- AC 3: three", ("one", "two", "three")),
    "numbers of a wiki": ("# one\n# two", ("one", "two")),
    "a single sentence": ("0.5 is 1", ("0.5 is 1",)),
    "a sentence a line": ("Users log in\nUsers log out", ("Users log in", "Users log out")),
    "a wrapped sentence": ("The total is\nright. It is", ("The total is right. It is",)),
    "paragraphs": ("One holds.\n\nTwo holds.", ("One holds.", "Two holds.")),
    "a wrapped item": ("- one\n  goes on\n- two", ("one goes on", "two")),
    "details": ("- all of:\n  - a\n    - b\n- two", ("all of: a; b", "two")),
    "a lead-in": ("The following must hold:\n- one\n- two", ("one", "two")),
    "headings between": ("## Net\n- one\n**Gross**\n- two", ("one", "two")),
    "what is not wanted": ("- one\n\nOut of scope:\n- two\n## Tax\n- three", ("one", "three")),
    "a table": ("| # | what |\n|---|---|\n| 1 | one |", ("1 · one",)),
    "a code block": ("- one\n```\n- code\n```\n- two", ("one", "two")),
    "a block that nobody closes": ("```\n- one", ("one",)),
    "steps": (
        "Given a\nWhen b\nThen c\nAnd d\nGiven e\nThen f",
        ("Given a When b Then c And d", "Given e Then f"),
    ),
    "scenarios": (
        "Feature: x\nBackground:\n  Given u\nScenario: s\n  When a\n  When b\n  Then c\n"
        "Scenario Outline: t\n  Then d\n  Examples:\n    | a | b |\n    | 1 | 2 |",
        ("s: When a When b Then c", "t: Then d"),
    ),
    "scenarios in a block": ("```gherkin\nGiven a\nThen b\n```", ("Given a Then b",)),
    "steps under an item": ("- s\n  Given a\n  Then b\n- two", ("s Given a Then b", "two")),
    "steps as items": ("* Given a\n* When b\n* Then c\n* two", ("Given a When b Then c", "two")),
    "nothing": ("\n \n---\n## Heading\n", ()),
}
DESCRIBED = {
    "a Markdown section": ("In.\n## Acceptance Criteria\n- a\n### More\n- b\n## Notes\n- c", "ab"),
    "a wiki section": ("h3. Acceptance criteria\n# a\n# b\nh3. Other\n# c", "ab"),
    "a bold line": ("*Acceptance criteria:*\n* a\n*Other*\n* c", "a"),
    "a plain line": ("Acceptance criteria:\n- a\n\nHints:\n- c", "a"),
    "an underlined line": ("Acceptance criteria\n---\n- a\n\nNext\n---\n- c", "a"),
    "the same line": ("AC: a", "a"),
    "checkboxes anywhere": ("Do it.\n- [ ] a\n- c", "a"),
    "no criteria": ("When I click, it crashes.\n- c\n- d", ""),
}
HOSTILE = {
    "one line": "a" * MEGABYTE,
    "brackets": "[" * MEGABYTE,
    "boxes": "[ ] " * (MEGABYTE // 4),
    "stars": "*" * MEGABYTE,
    "bold": "**a" * (MEGABYTE // 3),
    "spaces in an item": "- " + " " * MEGABYTE + "x",
    "tabs": "\t" * MEGABYTE + "x",
    "rows": "|" * MEGABYTE,
    "nesting": "\n".join(" " * depth + "- a" for depth in range(1_400)),
    "details": "- a\n" + "  - b\n" * MANY,
    "going on": "- a\n" + "word\n" * (MEGABYTE // 5),
    "steps": "Given a\n" + "And b\n" * MANY,
    "fences": "```\n" * (MEGABYTE // 4),
    "digits": "1" * MEGABYTE,
}


@pytest.mark.parametrize("how", WRITTEN)
def test_criteria_are_found_however_they_are_written(how: str) -> None:
    text, wanted = WRITTEN[how]
    assert criteria(text) == wanted


@pytest.mark.parametrize("where", DESCRIBED)
def test_criteria_are_found_wherever_the_description_has_them(where: str) -> None:
    description, wanted = DESCRIBED[where]
    assert criteria_of(Ticket(key="DEMO-1", title="t", description=description)) == tuple(wanted)


def test_what_stands_in_both_places_counts_once_and_the_field_comes_first() -> None:
    ticket = Ticket(
        key="DEMO-1",
        title="t",
        acceptance_criteria="- It is fast\n- It is right",
        description="Acceptance criteria:\n- it is right\n- It is cheap",
    )
    assert criteria_of(ticket) == ("It is fast", "It is right", "It is cheap")


@pytest.mark.parametrize("kind", HOSTILE)
def test_very_much_of_anything_takes_linear_time(kind: str) -> None:
    text = HOSTILE[kind]
    started = time.process_time()
    found = criteria(text)
    # Seconds of the processor: ten times what the slowest takes, far from quadratic time.
    assert time.process_time() - started < 10
    assert all(len(criterion) <= LONGEST for criterion in found)


@given(st.text(alphabet=st.sampled_from("-*#[]x|`: \t\nGiven1.Ta")))
def test_no_text_breaks_the_reader(text: str) -> None:
    for criterion in criteria(text):
        assert criterion == " ".join(criterion.split())
        assert criterion


@given(st.lists(st.from_regex(r"[a-z]{1,9}( [a-z0-9]{1,9}){0,5}", fullmatch=True)))
def test_every_item_is_a_criterion(items: list[str]) -> None:
    assert criteria("\n".join(f"- {item}" for item in items)) == tuple(items)
