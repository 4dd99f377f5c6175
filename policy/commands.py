"""What people say in commands, made fit to be kept."""

from typing import assert_never

from contracts.commands import (
    AnyCommand,
    CancelWork,
    Decide,
    EditTicket,
    FollowPullRequest,
    GiveAnswer,
    Guide,
    KeepEvidence,
    LinkDevelopment,
    Proposal,
    StartWork,
    TriageRequest,
)
from contracts.text import MAX_COMMENT, MAX_DESCRIPTION, MAX_LINE, clipped
from contracts.triage import MAX_SUBJECT
from policy.redaction import Redaction


def without_secrets(command: AnyCommand, redaction: Redaction) -> AnyCommand:
    """As it may enter histories, ledger and audit: a secret that somebody typed into a comment, or
    that an issue quotes, goes no further than the delivery's own row. Whatever else a command
    says names things: a mark in there would name nothing."""

    def clean(text: str, limit: int = MAX_COMMENT) -> str:
        # A mark may be longer than what it stands for.
        return clipped(redaction.text(text), limit)

    match command:
        case Guide() | GiveAnswer():
            return command.model_copy(update={"text": clean(command.text)})
        case Decide():
            return command.model_copy(update={"comment": clean(command.comment)})
        case CancelWork():
            return command.model_copy(update={"reason": clean(command.reason)})
        case StartWork(proposal=Proposal() as told) | EditTicket(proposal=told):
            words = {
                "title": clean(told.title, MAX_LINE),
                "description": clean(told.description, MAX_DESCRIPTION),
            }
            return command.model_copy(update={"proposal": told.model_copy(update=words)})
        case TriageRequest(ticket=ticket):
            words = {
                "subject": clean(ticket.subject, MAX_SUBJECT),
                "body": clean(ticket.body, MAX_DESCRIPTION),
            }
            return command.model_copy(update={"ticket": ticket.model_copy(update=words)})
        case StartWork() | LinkDevelopment() | FollowPullRequest() | KeepEvidence():
            return command
        case _:
            assert_never(command)
