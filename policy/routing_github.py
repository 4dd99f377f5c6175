"""GitHub: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""

from collections.abc import Callable

from contracts.approvals import DecisionChannel
from contracts.commands import (
    CancelWork,
    GitProvider,
    IdentityProvider,
    Place,
    StartWork,
    Subject,
)
from policy.house_rules import Found, Ignored, Reading, Remark, linked, said
from policy.issue_keys import keys_in
from policy.payloads import Payload, commit_of, id_of, is_there, is_true, number_of, url_of
from policy.routing_github_checks import CHECKS
from policy.routing_github_pulls import from_pull_request, from_review, pull_request_subject

GITHUB = IdentityProvider.GITHUB


def from_github(reading: Reading) -> Found:
    event = reading.delivery.event_type
    if event in CHECKS:
        # Their sender is whoever pushed, often ourselves: the result is the CI's all the same.
        return CHECKS[event](reading)
    sender = reading.account(GITHUB, id_of(reading.payload.at("sender", "id")))
    if reading.rules.is_own(sender):
        return Ignored("caused by our own account")
    router = EVENTS.get(event)
    return router(reading) if router else Ignored(f"nothing to do for {event}")


def _from_issue(reading: Reading) -> Found:
    payload, action = reading.payload, reading.payload.line("action")
    issue = payload.at("issue")
    about = _issue_subject(payload)
    by = reading.account(GITHUB, id_of(payload.at("sender", "id")))
    at = reading.version(issue.moment("updated_at"))
    if not about.keys:
        return Ignored("no issue key in its title")
    if action == "labeled" and payload.line("label", "name") == reading.rules.start_label:
        return [StartWork(about=about, at=at, by=by)] if by else Ignored("labelled by nobody")
    gone = action == "closed" and issue.line("state_reason") == "not_planned"
    if gone or action == "deleted":
        reason = "its issue on GitHub was " + ("deleted" if not gone else "closed as not planned")
        return [CancelWork(about=about, at=at, by=by, reason=reason)]
    return Ignored(f"nothing to do for an issue that was {action or 'touched'}")


def _from_comment(reading: Reading) -> Found:
    """On an issue, or in a pull request's conversation: GitHub has one event for both."""
    payload = reading.payload
    about = _issue_subject(payload)
    if is_there(payload.at("pull_request")):
        about = pull_request_subject(payload)
    return _remark(reading, about)


def _remark(reading: Reading, about: Subject) -> Found:
    payload, comment = reading.payload, reading.payload.at("comment")
    if payload.line("action") != "created":
        return Ignored("only new comments are heard")
    remark = Remark(
        body=comment.text("body"),
        by=reading.account(GITHUB, id_of(comment.at("user", "id"))),
        about=about,
        at=reading.version(comment.moment("created_at")),
        channel=DecisionChannel.GIT,
    )
    if reading.rules.is_own(remark.by):
        return Ignored("caused by our own account")
    return said(remark)


def _issue_subject(payload: Payload) -> Subject:
    issue, repository = payload.at("issue"), payload.line("repository", "full_name")
    place = None
    if repository and is_there(issue.at("pull_request")):
        place = Place(
            provider=GitProvider.GITHUB, repository=repository, number=number_of(issue.at("number"))
        )
    return Subject(keys=keys_in(issue.line("title")), place=place)


def _from_push(reading: Reading) -> Found:
    payload = reading.payload
    if is_true(payload.at("deleted")):
        return Ignored("a branch was deleted")
    branch = payload.line("ref").removeprefix("refs/heads/")
    # When commits were made says nothing about pushes; when the repository was pushed to does.
    at = reading.version(
        payload.moment("repository", "pushed_at"), payload.moment("head_commit", "timestamp")
    )
    place = _branch(payload, branch, commit_of(payload.at("after")))
    return linked(place, [one.text("message") for one in payload.each("commits")], at)


def _from_branch(reading: Reading) -> Found:
    payload = reading.payload
    if payload.line("ref_type") != "branch":
        return Ignored("a tag was made")
    at = reading.version(payload.moment("repository", "pushed_at"))
    return linked(_branch(payload, payload.line("ref"), None), [], at)


def _branch(payload: Payload, branch: str, commit: str | None) -> Place | None:
    repository = payload.at("repository")
    name = repository.line("full_name")
    if not name or not branch:
        return None
    url = url_of(repository.at("html_url"))
    return Place(
        provider=GitProvider.GITHUB,
        repository=name,
        branch=branch,
        commit=commit,
        url=f"{url}/tree/{branch}"[:2_000] if url else None,
    )


EVENTS: dict[str, Callable[[Reading], Found]] = {
    "issues": _from_issue,
    "issue_comment": _from_comment,
    "pull_request_review_comment": _from_comment,
    "pull_request": from_pull_request,
    "pull_request_review": from_review,
    "push": _from_push,
    "create": _from_branch,
}
