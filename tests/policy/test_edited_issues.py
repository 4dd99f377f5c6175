"""Issues that are edited where they are kept."""

from typing import Any

import pytest

from contracts.commands import AnyCommand, EditTicket, StartWork
from contracts.issues import IssueType, Priority
from tests.policy.deliveries import payload_of, routed


def commands(source: str, event: str, payload: Any) -> tuple[AnyCommand, ...]:
    return routed(source, event, payload).commands


@pytest.mark.parametrize("field", ["title", "body"])
def test_a_text_that_is_edited_at_github_is_followed(field: str) -> None:
    payload = payload_of("github.issues.labeled")
    payload |= {"action": "edited", "changes": {field: {"from": "before"}}}
    (edit,) = commands("github", "issues", payload)
    assert isinstance(edit, EditTicket)
    assert (edit.about.keys, edit.by_tracker) == ((), False)
    assert edit.about.issue is not None
    assert edit.proposal.title == payload["issue"]["title"]


def test_what_else_is_edited_of_an_issue_at_github_is_not() -> None:
    payload = payload_of("github.issues.labeled") | {"action": "edited", "changes": {}}
    assert routed("github", "issues", payload).ignored == "not its text was edited"


def test_a_text_that_is_edited_at_gitlab_is_followed() -> None:
    payload = payload_of("gitlab.issue.labelled")
    payload["changes"] = {"description": {"previous": "a", "current": "b"}}
    payload["object_attributes"]["action"] = "update"
    (edit,) = commands("gitlab", "Issue Hook", payload)
    assert isinstance(edit, EditTicket)
    assert edit.about.issue is not None


@pytest.mark.parametrize(("name", "priority"), [("Highest", Priority.CRITICAL), ("Sometime", None)])
def test_a_priority_that_is_raised_in_jira_is_followed_where_its_name_is_known(
    name: str, priority: Priority | None
) -> None:
    payload = payload_of("jira.labelled")
    payload["changelog"] = {"items": [{"field": "priority"}]}
    payload["issue"]["fields"] |= {"priority": {"name": name}, "issuetype": {"name": "Bug"}}
    (edit,) = commands("jira", "jira:issue_updated", payload)
    assert isinstance(edit, EditTicket)
    assert (edit.priority, edit.issue_type) == (priority, IssueType.BUG)


@pytest.mark.parametrize("field", ["summary", "description"])
def test_a_text_that_is_edited_in_jira_is_followed(field: str) -> None:
    payload = payload_of("jira.labelled")
    payload["changelog"] = {"items": [{"field": field, "fromString": "a", "toString": "b"}]}
    (edit,) = commands("jira", "jira:issue_updated", payload)
    assert isinstance(edit, EditTicket)
    assert (edit.about.keys, edit.by_tracker) == ((payload["issue"]["key"],), True)


def test_a_label_and_an_edit_that_come_together_are_both_heard() -> None:
    payload = payload_of("jira.labelled")
    payload["changelog"]["items"].append({"field": "summary"})
    found = commands("jira", "jira:issue_updated", payload)
    assert [type(one) for one in found] == [EditTicket, StartWork]
