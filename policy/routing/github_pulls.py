"""GitHub's pull requests and their reviews:
https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request"""

from datetime import datetime

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.commands import (
    Decide,
    FollowPullRequest,
    GitProvider,
    IdentityProvider,
    Place,
    PullRequestStage,
    Subject,
)
from policy.forks import called_at, whose_at
from policy.house_rules import Found, Ignored, Reading
from policy.issue_keys import keys_in
from policy.payloads import Payload, commit_of, id_of, is_there, is_true, number_of, url_of

# After these a review is asked for (again): what was approved before counts no more.
ASKING = frozenset({"opened", "reopened", "ready_for_review"})
DECISIONS = {
    "approved": DecisionKind.APPROVE,
    "changes_requested": DecisionKind.REQUEST_CHANGES,
}


def from_pull_request(reading: Reading) -> Found:
    pull = reading.payload.at("pull_request")
    at = reading.version(pull.moment("updated_at"))
    asked = at if reading.payload.line("action") in ASKING else None
    follow = _follow(reading, at).model_copy(update={"review_asked_at": asked})
    return _known(follow)


def from_review(reading: Reading) -> Found:
    payload, review = reading.payload, reading.payload.at("review")
    action, state = payload.line("action"), review.line("state").lower()
    at = reading.version(payload.moment("pull_request", "updated_at"))
    follow = _follow(reading, at)
    if action == "dismissed":
        # A dismissed review still says when it was submitted, not when it was dismissed.
        return _known(follow.model_copy(update={"objected_at": at}))
    decision = DECISIONS.get(state)
    if action != "submitted" or decision is None:
        return Ignored("a review that decides nothing")
    submitted = reading.version(review.moment("submitted_at"))
    mark = "approved_at" if decision is DecisionKind.APPROVE else "objected_at"
    follow = follow.model_copy(update={mark: submitted})
    return [*_decided(reading, decision, submitted), *_sequence(_known(follow))]


def pull_request_subject(payload: Payload, commit: str | None = None) -> Subject:
    pull, repository = payload.at("pull_request"), payload.line("repository", "full_name")
    branch = pull.line("head", "ref")
    place = None
    if repository:
        place = Place(
            provider=GitProvider.GITHUB,
            repository=repository,
            branch=_called(pull.at("head"), repository, branch) or None,
            number=number_of(pull.at("number")),
            commit=commit or commit_of(pull.at("head", "sha")),
            url=url_of(pull.at("html_url")),
        )
    return Subject(keys=keys_in(branch, pull.line("title")), place=place)


def _called(head: Payload, home: str, branch: str) -> str:
    """A fork goes by its owner, who is told of even when it is deleted."""
    whose = whose_at(head, "repo")
    if not branch or whose in (None, home):
        return branch
    return called_at(home, head.line("user", "login") or whose, branch)


def _decided(reading: Reading, decision: DecisionKind, at: datetime) -> list[Decide]:
    review = reading.payload.at("review")
    by = reading.account(IdentityProvider.GITHUB, id_of(review.at("user", "id")))
    if by is None or reading.rules.is_own(by):
        return []
    commit = commit_of(review.at("commit_id"))
    if commit is None:
        return []  # It looked at what is gone since, and so at nothing that is asked about.
    words = review.text("body").strip()
    if not words and decision is DecisionKind.REQUEST_CHANGES:
        words = f"changes requested in {url_of(review.at('html_url')) or 'a review'}"
    return [
        Decide(
            about=pull_request_subject(reading.payload, commit),
            at=at,
            by=by,
            decision=decision,
            channel=DecisionChannel.GIT,
            comment=words,
            commit=commit,
        )
    ]


def _follow(reading: Reading, at: datetime) -> FollowPullRequest:
    stage = _stage(reading.payload.at("pull_request"))
    author = id_of(reading.payload.at("pull_request", "user", "id"))
    return FollowPullRequest(
        about=pull_request_subject(reading.payload),
        at=at,
        stage=stage,
        author=reading.account(IdentityProvider.GITHUB, author),
    )


def _stage(pull: Payload) -> PullRequestStage:
    if is_true(pull.at("merged")) or is_there(pull.at("merged_at")):
        return PullRequestStage.MERGED
    if pull.line("state") == "closed":
        return PullRequestStage.CLOSED
    return PullRequestStage.DRAFT if is_true(pull.at("draft")) else PullRequestStage.OPEN


def _known(follow: FollowPullRequest) -> Found:
    place = follow.about.place
    if place is None or place.number is None or place.branch is None:
        return Ignored("a pull request without repository, number or branch")
    return [follow]


def _sequence(found: Found) -> list[FollowPullRequest]:
    if isinstance(found, Ignored):
        return []
    return [one for one in found if isinstance(one, FollowPullRequest)]
