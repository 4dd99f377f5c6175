"""What of a ticket is told to whoever approves it anew."""

from decimal import Decimal

from contracts.issues import IssueType, Priority, Ticket
from policy.ticket_edits import MOST_COMPARED, edits, lines_of, words_of

FROZEN = Ticket(
    key="KEY-1",
    title="Round up",
    description="First.\nSecond.\nThird.",
    type=IssueType.TASK,
    labels=("money",),
    estimate=Decimal(2),
)


def told(**changed: object) -> list[str]:
    found = edits(FROZEN, FROZEN.model_copy(update=changed))
    return [line for one in found for line in (words_of(one), *lines_of(one))]


def test_a_ticket_that_reads_as_it_did_has_no_edits() -> None:
    assert edits(FROZEN, FROZEN.model_copy()) == ()


def test_each_field_is_told_as_it_was_and_as_it_is() -> None:
    short = {"title": "Round down", "type": IssueType.BUG, "priority": Priority.CRITICAL}
    assert told(**short, labels=("money", "tax"), estimate=None) == [
        "title: “Round up” is now “Round down”",
        "type: “TASK” is now “BUG”",
        "priority: “MEDIUM” is now “CRITICAL”",
        "labels: “money” is now “money, tax”",
        "estimate: “2” is now nothing",
    ]


def test_of_a_text_the_changed_lines_are_told() -> None:
    assert told(description="First.\n@@ Second.\nThird.", acceptance_criteria="Rounds.") == [
        "description:",
        "-Second.",
        "+@@ Second.",
        "acceptance criteria:",
        "+Rounds.",
    ]
    assert told(description="First.\r\nSecond.\nThird.") == [
        "description:",
        "only its ends of lines",
    ]


def test_very_long_texts_are_not_compared() -> None:
    long = "\n".join(map(str, range(MOST_COMPARED + 1)))
    assert told(description=long) == ["description:", "it is too long to be compared here"]
