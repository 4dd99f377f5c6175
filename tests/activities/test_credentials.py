"""Which organization's credentials an activity works with."""

import dataclasses

import pytest
from temporalio.testing import ActivityEnvironment

from activities.credentials import CredentialsAtWork
from contracts.jira_work import workflow_id


class Nothing:
    """Of an organization that has stored no credential."""

    async def of(self, repo_url: str) -> None:
        return None


@pytest.mark.parametrize(
    ("id", "organization"),
    [
        (workflow_id("acme", "KEY-1"), "acme"),
        (workflow_id("own", "KEY-1"), "own"),
        ("triage:acme:7", "own"),
        ("jira-work:", "own"),
    ],
)
async def test_they_are_those_of_the_ticket_that_is_worked(id: str, organization: str) -> None:
    asked = []

    def of(slug: str) -> Nothing:
        asked.append(slug)
        return Nothing()

    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, workflow_id=id)
    url = "https://git.example.org/shop.git"
    credentials = CredentialsAtWork(of, "own")
    assert await environment.run(credentials.of, url) is None
    assert await credentials.of(url) is None
    assert asked == [organization, "own"]
