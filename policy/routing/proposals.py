"""What a ticket would say that is made of an issue kept elsewhere: all of it is only data."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.commands import MAX_LABELS, Proposal
from contracts.issues import IssueType, Priority
from contracts.text import MAX_DESCRIPTION, clipped
from policy.playbook_choice import spelt

LONGEST_LABEL = 100
# Longer than any provider lets an issue be; what is cut off of it, the text says itself.
LONGEST_TEXT = 2_000_000
TYPES = {
    "bug": IssueType.BUG,
    "defect": IssueType.BUG,
    "enhancement": IssueType.FEATURE,
    "feature": IssueType.FEATURE,
    "new-feature": IssueType.FEATURE,
    "improvement": IssueType.FEATURE,
    "story": IssueType.STORY,
    "epic": IssueType.EPIC,
    "spike": IssueType.SPIKE,
    "chore": IssueType.CHORE,
    "tech-debt": IssueType.TECH_DEBT,
}
PRIORITIES = {
    "highest": Priority.CRITICAL,
    "blocker": Priority.CRITICAL,
    "critical": Priority.CRITICAL,
    "high": Priority.HIGH,
    "major": Priority.HIGH,
    "medium": Priority.MEDIUM,
    "low": Priority.LOW,
    "minor": Priority.LOW,
    "lowest": Priority.LOW,
    "trivial": Priority.LOW,
}


@dataclass(frozen=True)
class ToldIssue:
    """An issue as its provider tells of it. `kinds` are words that may name its type or its
    priority, in the order in which they count."""

    title: str
    text: str
    labels: Iterable[str] = ()
    kinds: Iterable[str] = ()
    repository_url: str | None = None


def proposal_of(told: ToldIssue, start_label: str) -> Proposal | None:
    """None without a title. The label that starts work is no part of the ticket."""
    if not told.title:
        return None
    labels = [
        label for label in told.labels if label and label.casefold() != start_label.casefold()
    ]
    words = [spelt(word) for word in (*told.kinds, *labels)]
    return Proposal(
        title=told.title,
        description=clipped(told.text.strip(), MAX_DESCRIPTION),
        type=next((TYPES[word] for word in words if word in TYPES), IssueType.TASK),
        priority=next((PRIORITIES[word] for word in words if word in PRIORITIES), Priority.MEDIUM),
        labels=tuple(dict.fromkeys(label[:LONGEST_LABEL] for label in labels))[:MAX_LABELS],
        repository_url=told.repository_url,
    )
