"""GitLab: https://docs.gitlab.com/user/project/integrations/webhook_events/"""

from collections.abc import Callable

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.commands import (
    Account,
    CheckConclusion,
    Decide,
    EditTicket,
    FollowPullRequest,
    GitIssue,
    GitProvider,
    IdentityProvider,
    KeepEvidence,
    Place,
    Proposal,
    PullRequestStage,
    StartWork,
    Subject,
)
from policy.forks import called_at
from policy.house_rules import Found, Ignored, Reading, Remark, linked, said
from policy.issue_keys import keys_in
from policy.payloads import Payload, commit_of, id_of, is_there, is_true, number_of, url_of
from policy.routing.proposals import LONGEST_TEXT, ToldIssue, proposal_of

STAGES = {
    "opened": PullRequestStage.OPEN,
    "locked": PullRequestStage.OPEN,
    "closed": PullRequestStage.CLOSED,
    "merged": PullRequestStage.MERGED,
}
CONCLUSIONS = {
    "success": CheckConclusion.PASSED,
    "failed": CheckConclusion.FAILED,
    "canceled": CheckConclusion.CANCELLED,
    "skipped": CheckConclusion.NEUTRAL,
}
# `approval` is one person's among several that are needed, `approved` the one that was enough.
APPROVALS = frozenset({"approval", "approved"})
OBJECTIONS = frozenset({"unapproval", "unapproved"})


def from_gitlab(reading: Reading) -> Found:
    kind = reading.payload.line("object_kind")
    if kind == "pipeline":
        return _from_pipeline(reading)
    if reading.rules.is_own(_author(reading)):
        return Ignored("caused by our own account")
    router = KINDS.get(kind)
    return router(reading) if router else Ignored(f"nothing to do for {kind or 'this event'}")


def _author(reading: Reading) -> Account | None:
    payload = reading.payload
    id = id_of(payload.at("user", "id")) or id_of(payload.at("user_id"))
    return reading.account(IdentityProvider.GITLAB, id)


def _from_issue(reading: Reading) -> Found:
    payload, issue = reading.payload, reading.payload.at("object_attributes")
    by = _author(reading)
    new = _titles(payload, "current") - _titles(payload, "previous")
    if issue.line("action") == "open":
        new = {one.line("title") for one in payload.each("labels")}
    at, proposal = reading.version(issue.moment("updated_at")), _proposal(reading, issue)
    about = _issue(payload, issue)
    if by is not None and any(map(reading.rules.is_start, new)):
        return [StartWork(about=about, at=at, by=by, proposal=proposal)]
    changes = payload.at("changes")
    edited = any(is_there(changes.at(name)) for name in ("title", "description"))
    if edited and proposal is not None and about.issue is not None:
        return [EditTicket(about=Subject(issue=about.issue), at=at, by=by, proposal=proposal)]
    return Ignored(f"not given the label {reading.rules.start_label}")


def _issue(payload: Payload, issue: Payload) -> Subject:
    repository, number = payload.line("project", "path_with_namespace"), number_of(issue.at("iid"))
    keys = keys_in(issue.line("title"))
    if not repository or number is None:
        return Subject(keys=keys)
    made_of = GitIssue(provider=GitProvider.GITLAB, repository=repository, number=number)
    return Subject(keys=keys, issue=made_of)


def _proposal(reading: Reading, issue: Payload) -> Proposal | None:
    labels = issue.each("labels") or reading.payload.each("labels")
    told = ToldIssue(
        title=issue.line("title"),
        text=issue.text("description", limit=LONGEST_TEXT),
        labels=[one.line("title") for one in labels],
        kinds=[issue.line("severity")],
        repository_url=url_of(reading.payload.at("project", "web_url")),
    )
    return proposal_of(told, reading.rules.start_label)


def _titles(payload: Payload, when: str) -> set[str]:
    return {one.line("title") for one in payload.each("changes", "labels", when)}


def _from_note(reading: Reading) -> Found:
    payload, note = reading.payload, reading.payload.at("object_attributes")
    if note.line("action") == "update" or is_true(note.at("system")):
        return Ignored("only new comments are heard")
    about, proposal = Subject(), None
    if is_there(payload.at("merge_request")):
        about = _merge_request(payload, payload.at("merge_request"))
    elif is_there(issue := payload.at("issue")):
        about, proposal = _issue(payload, issue), _proposal(reading, issue)
    remark = Remark(
        body=note.text("note"),
        by=_author(reading),
        about=about,
        at=reading.version(note.moment("created_at")),
        channel=DecisionChannel.GIT,
        proposal=proposal,
    )
    return said(remark)


def _from_merge_request(reading: Reading) -> Found:
    request = reading.payload.at("object_attributes")
    action, stage = request.line("action"), _stage(request)
    about = _merge_request(reading.payload, request)
    if stage is None or about.place is None or not about.place.number or not about.place.branch:
        return Ignored("a merge request without project, number, branch or state")
    at = reading.version(request.moment("updated_at"))
    asked = action in ("open", "reopen") or _was_made_ready(reading.payload)
    follow = FollowPullRequest(
        about=about,
        at=at,
        stage=stage,
        author=reading.account(IdentityProvider.GITLAB, id_of(request.at("author_id"))),
        review_asked_at=at if asked else None,
        approved_at=at if action == "approved" else None,
        objected_at=at if action in OBJECTIONS else None,
    )
    by = _author(reading)
    if action not in APPROVALS or by is None or about.place.commit is None:
        return [follow]
    approve = Decide(
        about=about,
        at=at,
        by=by,
        decision=DecisionKind.APPROVE,
        channel=DecisionChannel.GIT,
        commit=about.place.commit,
    )
    return [approve, follow]


def _stage(request: Payload) -> PullRequestStage | None:
    stage = STAGES.get(request.line("state"))
    draft = is_true(request.at("draft")) or is_true(request.at("work_in_progress"))
    return PullRequestStage.DRAFT if draft and stage is PullRequestStage.OPEN else stage


def _was_made_ready(payload: Payload) -> bool:
    draft = payload.at("changes", "draft")
    return is_true(draft.at("previous")) and not is_true(draft.at("current"))


def _merge_request(payload: Payload, request: Payload) -> Subject:
    branch = request.line("source_branch")
    place = _place(payload, _called(payload, request), commit_of(request.at("last_commit", "id")))
    if place is not None:
        number, url = number_of(request.at("iid")), url_of(request.at("url"))
        place = place.model_copy(update={"number": number, "url": url})
    return Subject(keys=keys_in(branch, request.line("title")), place=place)


def _called(payload: Payload, request: Payload) -> str:
    """GitLab says of both sides' projects at least the ids, even of one that was deleted since."""
    home, branch = payload.line("project", "path_with_namespace"), request.line("source_branch")
    source = id_of(request.at("source_project_id"))
    if not branch or source == id_of(request.at("target_project_id")):
        return branch
    return called_at(home, request.line("source", "path_with_namespace"), branch)


def _from_push(reading: Reading) -> Found:
    payload = reading.payload
    commits = payload.each("commits")
    commit = commit_of(payload.at("checkout_sha"))
    if commit is None:
        return Ignored("a branch was deleted")
    branch = payload.line("ref").removeprefix("refs/heads/")
    # GitLab says of a push only when it was delivered.
    at = reading.received_at
    return linked(_place(payload, branch, commit), [one.text("message") for one in commits], at)


def _from_pipeline(reading: Reading) -> Found:
    payload, pipeline = reading.payload, reading.payload.at("object_attributes")
    conclusion = CONCLUSIONS.get(pipeline.line("status"))
    branch = pipeline.line("ref")
    place = _place(payload, branch, commit_of(pipeline.at("sha")))
    if conclusion is None or place is None or is_true(pipeline.at("tag")):
        return Ignored("it has no result yet, or none for a branch")
    place = place.model_copy(update={"url": url_of(pipeline.at("url"))})
    at = reading.version(pipeline.moment("finished_at"))
    about = Subject(keys=keys_in(branch), place=place)
    check = pipeline.line("name") or "pipeline"
    return [KeepEvidence(about=about, at=at, check=check, conclusion=conclusion)]


def _place(payload: Payload, branch: str, commit: str | None) -> Place | None:
    repository = payload.line("project", "path_with_namespace")
    if not repository:
        return None
    return Place(
        provider=GitProvider.GITLAB, repository=repository, branch=branch or None, commit=commit
    )


KINDS: dict[str, Callable[[Reading], Found]] = {
    "issue": _from_issue,
    "note": _from_note,
    "merge_request": _from_merge_request,
    "push": _from_push,
}
