"""Bitbucket Data Center: https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html"""

from collections.abc import Callable
from datetime import datetime

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.commands import (
    Account,
    Command,
    Decide,
    FollowPullRequest,
    IdentityProvider,
    Place,
    Subject,
)
from policy.forks import called_at
from policy.house_rules import Found, Ignored, Reading, Remark, linked, said
from policy.issue_keys import keys_in
from policy.payloads import Payload, commit_of, id_of, number_of, url_of
from policy.routing.bitbucket_pulls import followed, place_in

ASKING = frozenset({"pr:opened", "pr:reopened"})
APPROVED, UNAPPROVED = "pr:reviewer:approved", "pr:reviewer:unapproved"


def from_data_center(reading: Reading) -> Found:
    """Of one of EVENTS."""
    if reading.rules.is_own(_actor(reading)):
        return Ignored("caused by our own account")
    return EVENTS[reading.delivery.event_type](reading)


def _actor(reading: Reading) -> Account | None:
    return reading.account(IdentityProvider.BITBUCKET, id_of(reading.payload.at("actor", "id")))


def _at(reading: Reading) -> datetime:
    return reading.version(reading.payload.moment("date"))


def _from_push(reading: Reading) -> Found:
    """One push can move several branches."""
    payload, found = reading.payload, list[Command]()
    changes = payload.each("changes")
    # Which of several branches they came to, nobody says.
    commits = payload.each("commits") if len(changes) == 1 else []
    for change in changes:
        if change.line("ref", "type") != "BRANCH" or change.line("type") == "DELETE":
            continue
        commit = commit_of(change.at("toHash"))
        place = _place(payload.at("repository"), change.line("ref", "displayId"), commit)
        links = linked(place, [one.text("message") for one in commits], _at(reading))
        found.extend([] if isinstance(links, Ignored) else links)
    return found or Ignored("no branch in it that names an issue")


def _from_pull_request(reading: Reading) -> Found:
    follow = _follow(reading)
    if follow is None:
        return Ignored("a pull request without repository, number, branch or state")
    asked = follow.at if reading.delivery.event_type in ASKING else None
    return [follow.model_copy(update={"review_asked_at": asked})]


def _from_review(reading: Reading) -> Found:
    event, by, at = reading.delivery.event_type, _actor(reading), _at(reading)
    follow = _follow(reading)
    place = follow.about.place if follow is not None else None
    if follow is None or place is None:
        return Ignored("a review without a pull request")
    mark = "approved_at" if event == APPROVED else "objected_at"
    follow = follow.model_copy(update={mark: at})
    if by is None or event == UNAPPROVED:
        return [follow]
    seen = commit_of(reading.payload.at("participant", "lastReviewedCommit")) or place.commit
    if seen is None:
        return [follow]
    decide = Decide(
        about=follow.about,
        at=at,
        by=by,
        decision=DecisionKind.APPROVE if event == APPROVED else DecisionKind.REQUEST_CHANGES,
        channel=DecisionChannel.GIT,
        comment="" if event == APPROVED else f"changes requested in {place.url or 'a review'}",
        commit=seen,
    )
    return [decide, follow]


def _from_comment(reading: Reading) -> Found:
    comment = reading.payload.at("comment")
    remark = Remark(
        body=comment.text("text"),
        by=_actor(reading),
        about=_subject(reading.payload.at("pullRequest")),
        at=reading.version(comment.moment("createdDate"), reading.payload.moment("date")),
        channel=DecisionChannel.GIT,
    )
    return said(remark)


def _follow(reading: Reading) -> FollowPullRequest | None:
    pull = reading.payload.at("pullRequest")
    at = reading.version(pull.moment("updatedDate"), reading.payload.moment("date"))
    follow = followed(_subject(pull), pull, at)
    if follow is None:
        return None
    id = id_of(pull.at("author", "user", "id"))
    return follow.model_copy(update={"author": reading.account(IdentityProvider.BITBUCKET, id)})


def _subject(pull: Payload) -> Subject:
    branch, commit = (
        pull.line("fromRef", "displayId"),
        commit_of(pull.at("fromRef", "latestCommit")),
    )
    home = _name(pull.at("toRef", "repository"))
    called = called_at(home, _name(pull.at("fromRef", "repository")), branch) if branch else ""
    place = place_in(home, called, commit)
    if place is not None:
        link = next(iter(pull.each("links", "self")), Payload(None))
        told = {"number": number_of(pull.at("id")), "url": url_of(link.at("href"))}
        place = place.model_copy(update=told)
    return Subject(keys=keys_in(branch, pull.line("title")), place=place)


def _place(repository: Payload, branch: str, commit: str | None) -> Place | None:
    return place_in(_name(repository), branch, commit)


def _name(repository: Payload) -> str:
    project, slug = repository.line("project", "key"), repository.line("slug")
    return f"{project}/{slug}" if project and slug else ""


EVENTS: dict[str, Callable[[Reading], Found]] = {
    "repo:refs_changed": _from_push,
    "pr:opened": _from_pull_request,
    "pr:modified": _from_pull_request,
    "pr:from_ref_updated": _from_pull_request,
    "pr:merged": _from_pull_request,
    "pr:declined": _from_pull_request,
    "pr:reopened": _from_pull_request,
    APPROVED: _from_review,
    UNAPPROVED: _from_review,
    "pr:reviewer:needs_work": _from_review,
    "pr:reviewer:changes_requested": _from_review,
    "pr:comment:added": _from_comment,
}
