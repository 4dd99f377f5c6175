"""Bitbucket, and of it Cloud: https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/"""

from collections.abc import Callable
from datetime import datetime

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.commands import (
    Account,
    CheckConclusion,
    Command,
    Decide,
    FollowPullRequest,
    IdentityProvider,
    KeepEvidence,
    Place,
    Subject,
)
from policy.forks import called_at, whose_at
from policy.house_rules import Found, Ignored, Reading, Remark, linked, said
from policy.issue_keys import keys_in
from policy.payloads import Payload, commit_of, number_of, url_of
from policy.routing.bitbucket_data_center import EVENTS as DATA_CENTER
from policy.routing.bitbucket_data_center import from_data_center
from policy.routing.bitbucket_pulls import followed, place_in

CONCLUSIONS = {
    "SUCCESSFUL": CheckConclusion.PASSED,
    "FAILED": CheckConclusion.FAILED,
    "STOPPED": CheckConclusion.CANCELLED,
}
OPENED = frozenset({"pullrequest:created", "pullrequest:reopened"})


def from_bitbucket(reading: Reading) -> Found:
    event = reading.delivery.event_type
    if event in ("repo:commit_status_created", "repo:commit_status_updated"):
        return _from_status(reading)
    if event in DATA_CENTER:
        return from_data_center(reading)
    if reading.rules.is_own(_author(reading)):
        return Ignored("caused by our own account")
    router = EVENTS.get(event)
    return router(reading) if router else Ignored(f"nothing to do for {event}")


def _author(reading: Reading) -> Account | None:
    return _account(reading, reading.payload.at("actor"))


def _account(reading: Reading, user: Payload) -> Account | None:
    id = user.line("account_id") or user.line("uuid")
    return reading.account(IdentityProvider.BITBUCKET, id)


def _from_push(reading: Reading) -> Found:
    """One push can move several branches."""
    found: list[Command] = []
    for change in reading.payload.each("push", "changes"):
        new = change.at("new")
        if new.line("type") != "branch":
            continue
        commit = commit_of(new.at("target", "hash"))
        place = _place(reading.payload, new.line("name"), commit)
        messages = [one.text("message") for one in change.each("commits")]
        # When the newest commit was made says nothing about pushes; Bitbucket says no more.
        links = linked(place, [*messages, new.text("target", "message")], reading.received_at)
        found.extend([] if isinstance(links, Ignored) else links)
    return found or Ignored("no branch in it that names an issue")


def _from_pull_request(reading: Reading) -> Found:
    pull, event = reading.payload.at("pullrequest"), reading.delivery.event_type
    at = reading.version(pull.moment("updated_on"))
    follow = _follow(reading, pull)
    if follow is None:
        return Ignored("a pull request without repository, number, branch or state")
    asked = at if event in OPENED else None
    return [follow.model_copy(update={"review_asked_at": asked})]


def _from_review(reading: Reading) -> Found:
    event, by = reading.delivery.event_type, _author(reading)
    follow = _follow(reading, reading.payload.at("pullrequest"))
    if follow is None:
        return Ignored("a review without a pull request")
    if event == "pullrequest:changes_request_removed":
        return [follow]
    approved = event == "pullrequest:approved"
    told = reading.payload.at("approval" if approved else "changes_request")
    at = reading.version(told.moment("date"), follow.at)
    follow = follow.model_copy(update={"approved_at" if approved else "objected_at": at})
    place = follow.about.place
    if by is None or place is None or place.commit is None or event == "pullrequest:unapproved":
        return [follow]
    return [_decided(follow, by, at, approved), follow]


def _decided(follow: FollowPullRequest, by: Account, at: datetime, approved: bool) -> Decide:
    place = follow.about.place
    seen = f"changes requested in {place.url}" if place and place.url else "changes requested"
    return Decide(
        about=follow.about,
        at=at,
        by=by,
        decision=DecisionKind.APPROVE if approved else DecisionKind.REQUEST_CHANGES,
        channel=DecisionChannel.GIT,
        comment="" if approved else seen,
        commit=place.commit if place else None,
    )


def _from_comment(reading: Reading) -> Found:
    comment = reading.payload.at("comment")
    pull = reading.payload.at("pullrequest")
    remark = Remark(
        body=comment.text("content", "raw"),
        by=_author(reading),
        about=_subject(reading.payload, pull),
        at=reading.version(comment.moment("created_on")),
        channel=DecisionChannel.GIT,
    )
    return said(remark)


def _follow(reading: Reading, pull: Payload) -> FollowPullRequest | None:
    at = reading.version(pull.moment("updated_on"))
    follow = followed(_subject(reading.payload, pull), pull, at)
    if follow is None:
        return None
    return follow.model_copy(update={"author": _account(reading, pull.at("author"))})


def _subject(payload: Payload, pull: Payload) -> Subject:
    branch, source = pull.line("source", "branch", "name"), pull.at("source")
    home = payload.line("repository", "full_name")
    called = called_at(home, whose_at(source, "repository"), branch) if branch else ""
    place = _place(payload, called, commit_of(source.at("commit", "hash")))
    if place is not None:
        number, url = number_of(pull.at("id")), url_of(pull.at("links", "html", "href"))
        place = place.model_copy(update={"number": number, "url": url})
    return Subject(keys=keys_in(branch, pull.line("title")), place=place)


def _from_status(reading: Reading) -> Found:
    status = reading.payload.at("commit_status")
    conclusion = CONCLUSIONS.get(status.line("state"))
    commit = commit_of(status.at("commit", "hash"))
    place = _place(reading.payload, status.line("refname"), commit)
    check = status.line("name") or status.line("key")
    if conclusion is None or place is None or not check:
        return Ignored("it has no result yet")
    place = place.model_copy(update={"url": url_of(status.at("url"))})
    return [
        KeepEvidence(
            about=Subject(keys=keys_in(status.line("refname")), place=place),
            at=reading.version(status.moment("updated_on")),
            check=check,
            conclusion=conclusion,
        )
    ]


def _place(payload: Payload, branch: str, commit: str | None) -> Place | None:
    return place_in(payload.line("repository", "full_name"), branch, commit)


EVENTS: dict[str, Callable[[Reading], Found]] = {
    "repo:push": _from_push,
    "pullrequest:created": _from_pull_request,
    "pullrequest:updated": _from_pull_request,
    "pullrequest:fulfilled": _from_pull_request,
    "pullrequest:rejected": _from_pull_request,
    "pullrequest:reopened": _from_pull_request,
    "pullrequest:approved": _from_review,
    "pullrequest:unapproved": _from_review,
    "pullrequest:changes_request_created": _from_review,
    "pullrequest:changes_request_removed": _from_review,
    "pullrequest:comment_created": _from_comment,
}
