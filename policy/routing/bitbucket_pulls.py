"""What Bitbucket Cloud and Data Center say alike: pull requests, and where they are."""

from datetime import datetime

from contracts.commands import FollowPullRequest, GitProvider, Place, PullRequestStage, Subject
from policy.payloads import Payload, is_true

STAGES = {
    "OPEN": PullRequestStage.OPEN,
    "MERGED": PullRequestStage.MERGED,
    "DECLINED": PullRequestStage.CLOSED,
    "SUPERSEDED": PullRequestStage.CLOSED,  # Only Cloud knows it.
}


def place_in(repository: str, branch: str, commit: str | None) -> Place | None:
    """None where the repository has no name."""
    if not repository:
        return None
    return Place(
        provider=GitProvider.BITBUCKET, repository=repository, branch=branch or None, commit=commit
    )


def followed(about: Subject, pull: Payload, at: datetime) -> FollowPullRequest | None:
    """None without a repository, number, branch or known state."""
    place, stage = about.place, STAGES.get(pull.line("state"))
    if stage is None or place is None or place.number is None or place.branch is None:
        return None
    if stage is PullRequestStage.OPEN and is_true(pull.at("draft")):
        stage = PullRequestStage.DRAFT
    return FollowPullRequest(about=about, at=at, stage=stage)
