"""What comes from a fork, and reviews of what is gone: neither counts for a branch of ours."""

from typing import Any

import pytest

from contracts.commands import FollowPullRequest
from tests.policy.deliveries import of_sample, payload_of

FORK = {"full_name": "stranger/shop", "slug": "shop", "project": {"key": "~STRANGER"}}
FOREIGN: dict[str, tuple[str, dict[str, Any]]] = {
    "github.pull_request.opened": ("pull_request.head", {"repo": FORK}),
    "github.pull_request_review.approved": (
        "pull_request.head",
        {"repo": None, "user": {"login": "stranger"}},
    ),
    "github.workflow_run": ("workflow_run", {"head_repository": FORK}),
    "gitlab.merge_request.open": (
        "object_attributes",
        {
            "source_project_id": 1,
            "target_project_id": 2,
            "source": {"path_with_namespace": "stranger/shop"},
        },
    ),
    "bitbucket.pullrequest.created": ("pullrequest.source", {"repository": FORK}),
    "bitbucket.data_center.opened": ("pullRequest.fromRef", {"repository": FORK}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_forks_branch_is_never_taken_for_one_of_our_own(name: str) -> None:
    payload, (place, told) = payload_of(name), FOREIGN[name]
    (before, *_), side = of_sample(name).commands, payload
    for part in place.split("."):
        side = side[part]
    side.update(told)
    for command in of_sample(name, payload).commands:
        assert command.about.keys == before.about.keys
        assert command.about.place is not None
        assert before.about.place is not None
        owner, _, branch = (command.about.place.branch or "").partition(":")
        assert owner.lower().strip("~") == "stranger"
        assert branch == before.about.place.branch


@pytest.mark.parametrize(
    ("name", "place", "told", "author"),
    [
        ("github.pull_request.opened", "pull_request", {"user": {"id": 7}}, "github:7"),
        ("github.pull_request_review.approved", "pull_request", {"user": {"id": 7}}, "github:7"),
        ("gitlab.merge_request.open", "object_attributes", {"author_id": 7}, "gitlab:7"),
        ("gitlab.merge_request.approved", "object_attributes", {"author_id": 7}, "gitlab:7"),
        (
            "bitbucket.pullrequest.approved",
            "pullrequest",
            {"author": {"account_id": "7:a", "uuid": "{7}"}},
            "bitbucket:7:a",
        ),
        (
            "bitbucket.data_center.opened",
            "pullRequest",
            {"author": {"user": {"id": 7}}},
            "bitbucket:7",
        ),
    ],
)
def test_a_pull_request_is_its_authors_whoever_acts(
    name: str, place: str, told: dict[str, Any], author: str
) -> None:
    payload = payload_of(name)
    payload[place].update(told)
    follow = of_sample(name, payload).commands[-1]
    assert isinstance(follow, FollowPullRequest)
    assert str(follow.author) == author


def test_where_nobody_says_who_made_a_pull_request_it_is_nobodys() -> None:
    payload = payload_of("github.pull_request.opened")
    payload["pull_request"]["user"] = None
    (follow,) = of_sample("github.pull_request.opened", payload).commands
    assert isinstance(follow, FollowPullRequest)
    assert follow.author is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("github.pull_request_review.approved", "review.commit_id"),
        ("gitlab.merge_request.approved", "object_attributes.last_commit"),
        ("bitbucket.pullrequest.approved", "pullrequest.source.commit"),
        ("bitbucket.data_center.approved", "participant.lastReviewedCommit"),
    ],
)
def test_a_review_of_no_commit_decides_nothing(name: str, path: str) -> None:
    payload = payload_of(name)
    payload.get("pullRequest", {}).get("fromRef", {}).pop("latestCommit", None)
    *above, last = path.split(".")
    side = payload
    for part in above:
        side = side[part]
    side[last] = None
    assert [one.type for one in of_sample(name, payload).commands] == ["follow_pull_request"]
