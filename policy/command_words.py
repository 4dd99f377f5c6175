"""What a delivery asked of us, told once it was done."""

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
    PersonCommand,
    StartWork,
    Subject,
    TriageRequest,
)


def told_as_done(command: AnyCommand) -> str:
    """Which ticket it concerned is as the delivery named it: one of ours, or none."""
    about = _named(command.about)
    if isinstance(command, PersonCommand):
        return _of_person(command, about)
    match command:
        case LinkDevelopment():
            return f"linked to {about}"
        case FollowPullRequest(stage=stage):
            return f"pull request of {about}: {stage.lower()}"
        case KeepEvidence(check=check, conclusion=conclusion):
            return f"check of {about}: {check} {conclusion.lower()}"
        case TriageRequest(ticket=ticket):
            return f"{ticket.shown} went to triage"


def _of_person(command: PersonCommand, about: str) -> str:
    match command:
        case StartWork():
            return f"work on {about} was started"
        case Decide(decision=decision):
            return f"{decision} at {about}"
        case Guide():
            return f"{about} was guided"
        case GiveAnswer():
            return f"{about} was answered"
        case CancelWork():
            return f"{about} was cancelled"
        case EditTicket():
            return f"{about} was edited"


def _named(about: Subject) -> str:
    """The keys, else where in git it was, for that says the ticket too."""
    if about.issue is not None:
        return str(about.issue)
    if about.keys or about.place is None:
        return ", ".join(about.keys) or "a ticket"
    where = about.place.branch or about.place.commit or ""
    at = f"#{about.place.number}" if about.place.number is not None else f" {where[:60]}"
    return f"the ticket of {about.place.repository}{at}".rstrip()
