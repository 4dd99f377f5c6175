"""GitHub: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""

from collections.abc import Callable

from contracts.approvals import DecisionChannel
from contracts.commands import (
    Account,
    CancelWork,
    EditTicket,
    GitIssue,
    GitProvider,
    IdentityProvider,
    Place,
    Proposal,
    StartWork,
    Subject,
)
from policy.house_rules import Found, Ignored, Reading, Remark, linked, said
from policy.issue_keys import keys_in
from policy.payloads import Payload, commit_of, id_of, is_there, is_true, number_of, url_of
from policy.routing.github_checks import CHECKS
from policy.routing.github_pulls import from_pull_request, from_review, pull_request_subject
from policy.routing.proposals import LONGEST_TEXT, ToldIssue, proposal_of

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
    if action == "labeled":
        if not reading.rules.is_start(payload.line("label", "name")):
            return Ignored(f"not given the label {reading.rules.start_label}")
        if by is None:
            return Ignored("labelled by nobody")
        return [StartWork(about=about, at=at, by=by, proposal=_proposal(reading))]
    if action == "edited":
        return _edited(reading, about, by)
    gone = action == "closed" and issue.line("state_reason") == "not_planned"
    if gone or action == "deleted":
        reason = "its issue on GitHub was " + ("deleted" if not gone else "closed as not planned")
        return [CancelWork(about=about, at=at, by=by, reason=reason)]
    return Ignored(f"nothing to do for an issue that was {action or 'touched'}")


def _edited(reading: Reading, about: Subject, by: Account | None) -> Found:
    proposal = _proposal(reading)
    changes = reading.payload.at("changes")
    edited = any(is_there(changes.at(name)) for name in ("title", "body"))
    if about.issue is None or proposal is None or not edited:
        return Ignored("not its text was edited")
    at = reading.version(reading.payload.moment("issue", "updated_at"))
    return [EditTicket(about=Subject(issue=about.issue), at=at, by=by, proposal=proposal)]


def _from_comment(reading: Reading) -> Found:
    """On an issue, or in a pull request's conversation: GitHub has one event for both."""
    payload = reading.payload
    about = _issue_subject(payload)
    if is_there(payload.at("pull_request")):
        about = pull_request_subject(payload)
    return _remark(reading, about, _proposal(reading) if about.issue else None)


def _remark(reading: Reading, about: Subject, proposal: Proposal | None) -> Found:
    payload, comment = reading.payload, reading.payload.at("comment")
    if payload.line("action") != "created":
        return Ignored("only new comments are heard")
    remark = Remark(
        body=comment.text("body"),
        by=reading.account(GITHUB, id_of(comment.at("user", "id"))),
        about=about,
        at=reading.version(comment.moment("created_at")),
        channel=DecisionChannel.GIT,
        proposal=proposal,
    )
    if reading.rules.is_own(remark.by):
        return Ignored("caused by our own account")
    return said(remark)


def _issue_subject(payload: Payload) -> Subject:
    """GitHub counts issues and pull requests together, and tells of both as issues."""
    issue, repository = payload.at("issue"), payload.line("repository", "full_name")
    number, keys = number_of(issue.at("number")), keys_in(issue.line("title"))
    if not repository or number is None:
        return Subject(keys=keys)
    if is_there(issue.at("pull_request")):
        place = Place(provider=GitProvider.GITHUB, repository=repository, number=number)
        return Subject(keys=keys, place=place)
    made_of = GitIssue(provider=GitProvider.GITHUB, repository=repository, number=number)
    return Subject(keys=keys, issue=made_of)


def _proposal(reading: Reading) -> Proposal | None:
    payload, issue = reading.payload, reading.payload.at("issue")
    told = ToldIssue(
        title=issue.line("title"),
        text=issue.text("body", limit=LONGEST_TEXT),
        labels=[one.line("name") for one in issue.each("labels")],
        kinds=[issue.line("type", "name")],
        repository_url=url_of(payload.at("repository", "html_url")),
    )
    return proposal_of(told, reading.rules.start_label)


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
