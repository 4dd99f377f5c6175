"""Jira: https://developer.atlassian.com/cloud/jira/platform/webhooks/"""

from datetime import datetime

from contracts.approvals import DecisionChannel
from contracts.commands import (
    Account,
    CancelWork,
    Command,
    EditTicket,
    IdentityProvider,
    Proposal,
    StartWork,
    Subject,
)
from policy.house_rules import Found, Ignored, Reading, Remark, said
from policy.issue_keys import is_key
from policy.payloads import Payload
from policy.playbook_choice import spelt
from policy.routing.proposals import LONGEST_TEXT, PRIORITIES, TYPES, ToldIssue, proposal_of

JIRA = IdentityProvider.JIRA
WONT_DO = frozenset({"won't do", "won't fix", "wontfix", "wont do", "declined", "cancelled"})
EDITABLE = frozenset({"summary", "description", "issuetype", "priority"})
DEEPEST, LONGEST_DOCUMENT = 20, 100_000


def from_jira(reading: Reading) -> Found:
    payload = reading.payload
    event = payload.line("webhookEvent") or reading.delivery.event_type
    key = payload.line("issue", "key")
    if not is_key(key):
        return Ignored("it names no issue")
    about = Subject(keys=(key,))
    if event == "comment_created":
        return _from_comment(reading, about)
    by = _person(reading, payload.at("user"))
    if reading.rules.is_own(by):
        return Ignored("caused by our own account")
    at = reading.version(payload.moment("timestamp"), payload.moment("issue", "fields", "updated"))
    if event == "jira:issue_deleted":
        return [
            CancelWork(
                about=about, at=at, by=by, reason="its issue in Jira was deleted", by_tracker=True
            )
        ]
    if event in ("jira:issue_created", "jira:issue_updated"):
        return _from_change(reading, about, by, at)
    return Ignored(f"nothing to do for {event or 'this event'}")


def _from_comment(reading: Reading, about: Subject) -> Found:
    comment = reading.payload.at("comment")
    by = _person(reading, comment.at("author"))
    if reading.rules.is_own(by):
        return Ignored("caused by our own account")
    remark = Remark(
        body=_text(comment.at("body")),
        by=by,
        about=about,
        at=reading.version(comment.moment("created"), reading.payload.moment("timestamp")),
        channel=DecisionChannel.JIRA,
        proposal=_proposal(reading),
    )
    return said(remark)


def _from_change(reading: Reading, about: Subject, by: Account | None, at: datetime) -> Found:
    changed = {one.line("field"): one for one in reading.payload.each("changelog", "items")}
    resolution = changed.get("resolution", Payload(None)).line("toString")
    if resolution.lower() in WONT_DO:
        reason = f"its issue in Jira was closed as {resolution}"
        return [CancelWork(about=about, at=at, by=by, reason=reason, by_tracker=True)]
    proposal = _proposal(reading)
    found: list[Command] = []
    if proposal is not None and EDITABLE & set(changed):
        fields = reading.payload.at("issue", "fields")
        edited = EditTicket(
            about=about,
            at=at,
            by=by,
            proposal=proposal,
            by_tracker=True,
            issue_type=TYPES.get(spelt(fields.line("issuetype", "name"))),
            priority=PRIORITIES.get(spelt(fields.line("priority", "name"))),
        )
        found.append(edited)
    given = _labels_given(reading.payload, changed.get("labels"))
    if any(map(reading.rules.is_start, given)):
        if by is None:
            return found or Ignored("labelled by nobody")
        found.append(StartWork(about=about, at=at, by=by, proposal=proposal))
    return found or Ignored("no change that concerns us")


def _proposal(reading: Reading) -> Proposal | None:
    fields = reading.payload.at("issue", "fields")
    told = ToldIssue(
        title=fields.line("summary"),
        text=_text(fields.at("description"), LONGEST_TEXT),
        labels=[one.line() for one in fields.each("labels")],
        kinds=[fields.line("issuetype", "name"), fields.line("priority", "name")],
    )
    return proposal_of(told, reading.rules.start_label)


def _labels_given(payload: Payload, change: Payload | None) -> set[str]:
    """Labels hold no spaces, and a changelog lists them with spaces between."""
    if change is not None:
        return set(change.text("toString").split()) - set(change.text("fromString").split())
    if payload.line("webhookEvent") == "jira:issue_created":
        return {one.line() for one in payload.each("issue", "fields", "labels")}
    return set()


def _person(reading: Reading, user: Payload) -> Account | None:
    """Cloud names people by account id, Data Center by key."""
    return reading.account(JIRA, user.line("accountId") or user.line("key"))


def _text(value: Payload, limit: int = 10_000) -> str:
    """Plain or in Jira's own markup, or in Atlassian's document format."""
    return value.text(limit=limit) or _document_text(value)[:limit]


def _document_text(document: Payload, depth: int = DEEPEST) -> str:
    """A line for each block."""
    if text := document.text("text"):
        return text
    inner = [_document_text(one, depth - 1) for one in document.each("content")] if depth else []
    between = "" if document.line("type") == "paragraph" else "\n"
    return between.join(inner)[:LONGEST_DOCUMENT]
