"""What a ticket would say that is made of an issue: as its provider tells it, made to fit."""

from typing import Any

import pytest

from contracts.commands import GitIssue, GitProvider, Proposal, StartWork
from contracts.issues import IssueType, Priority
from contracts.text import MAX_DESCRIPTION, MAX_LINE
from policy.routing.proposals import ToldIssue, proposal_of
from tests.policy.deliveries import of_sample, payload_of

DOCUMENT = {
    "type": "doc",
    "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "Sum two"}]},
        {"type": "paragraph", "content": [{"type": "text", "text": "prices."}]},
    ],
}


def started(name: str, change: Any) -> StartWork:
    payload = payload_of(name)
    change(payload)
    (command,) = of_sample(name, payload).commands
    assert isinstance(command, StartWork)
    return command


def proposed(name: str, change: Any) -> Proposal:
    proposal = started(name, change).proposal
    assert proposal is not None
    return proposal


def test_an_issue_of_github_is_told_with_its_place() -> None:
    def change(payload: Any) -> None:
        payload["issue"] |= {
            "number": 23,
            "title": "Half a cent\tis lost",
            "body": "  Sum two prices.\r\n",
            "labels": [{"name": name} for name in ("slipway", "Bug", "money")],
        }

    command = started("github.issues.labeled", change)
    assert command.about.issue == GitIssue(
        provider=GitProvider.GITHUB, repository="acme/shop", number=23
    )
    assert command.proposal == Proposal(
        title="Half a cent is lost",
        description="Sum two prices.",
        type=IssueType.BUG,
        labels=("Bug", "money"),
        repository_url="https://github.com/acme/shop",
    )


@pytest.mark.parametrize("name", ["gitlab.issue.labelled", "gitlab.note.issue"])
def test_an_issue_of_gitlab_is_told_with_its_place(name: str) -> None:
    def change(payload: Any) -> None:
        where = "issue" if "note" in name else "object_attributes"
        payload[where] |= {"iid": 23, "title": "Half a cent", "description": "Sum two prices."}
        payload[where]["labels"] = [{"title": "slipway"}, {"title": "feature"}]

    command = started(name, change)
    assert command.about.issue == GitIssue(
        provider=GitProvider.GITLAB, repository="acme/shop", number=23
    )
    assert command.proposal is not None
    assert (command.proposal.title, command.proposal.description) == (
        "Half a cent",
        "Sum two prices.",
    )
    assert command.proposal.type is IssueType.FEATURE
    assert command.proposal.repository_url == "https://gitlab.com/acme/shop"


@pytest.mark.parametrize("description", ["Sum two\nprices.", DOCUMENT])
def test_an_issue_of_jira_is_told_without_a_repository(description: Any) -> None:
    def change(payload: Any) -> None:
        payload["issue"]["fields"] |= {
            "description": description,
            "issuetype": {"name": "Story"},
            "priority": {"name": "Highest"},
        }

    proposal = proposed("jira.labelled", change)
    assert proposal == Proposal(
        title="rounding",
        description="Sum two\nprices.",
        type=IssueType.STORY,
        priority=Priority.CRITICAL,
    )


@pytest.mark.parametrize("junk", [None, 7, [], {}, "", [{"name": 7}, None, "x"]])
def test_whatever_is_in_the_other_fields_the_title_is_enough(junk: Any) -> None:
    def change(payload: Any) -> None:
        payload["issue"] |= {"title": "Half a cent", "body": junk, "labels": junk, "type": junk}

    proposal = proposed("github.issues.labeled", change)
    assert (proposal.title, proposal.description, proposal.labels) == ("Half a cent", "", ())


def test_without_a_title_there_is_nothing_to_make_a_ticket_of() -> None:
    def change(payload: Any) -> None:
        payload["issue"] |= {"title": " \n"}

    assert started("github.issues.labeled", change).proposal is None


def test_what_is_too_long_is_cut_and_says_so() -> None:
    many = [f"{number}-{'x' * 300}" for number in range(80)]
    told = ToldIssue(title="t" * MAX_LINE, text="x" * (MAX_DESCRIPTION + 1), labels=many)
    proposal = proposal_of(told, "slipway")
    assert proposal is not None
    assert len(proposal.description) == MAX_DESCRIPTION
    assert "more characters" in proposal.description
    assert (len(proposal.labels), max(map(len, proposal.labels))) == (50, 100)


def test_the_type_that_is_told_counts_before_what_labels_say() -> None:
    told = ToldIssue(title="t", text="", labels=["bug", "low"], kinds=["Epic"])
    proposal = proposal_of(told, "slipway")
    assert proposal is not None
    assert (proposal.type, proposal.priority) == (IssueType.EPIC, Priority.LOW)
