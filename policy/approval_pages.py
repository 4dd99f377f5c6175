"""What a page on a request says: whether its link still opens, and what became of a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from contracts.approval_links import ApprovalLink
from contracts.approvals import ApprovalStatus, DecisionKind, Refusal

MINE = "See what waits for you: starter.py approvals --mine"
NOTHING = "Opening a link decides nothing."


@dataclass(frozen=True)
class Notice:
    """What happened, what it means, what to do; `status` is HTTP's."""

    status: int
    title: str
    happened: str
    meaning: str
    advice: str


UNKNOWN = Notice(
    404,
    "This link leads nowhere",
    "No request belongs to this address. It may have lost its end on the way, or a newer link has "
    "taken its place.",
    NOTHING,
    f"Open it again from the newest message, all of it. {MINE}",
)
TOO_OFTEN = Notice(
    429,
    "Too many tries",
    "From your address, or by this link, came more than anybody needs.",
    "Nothing was decided by this one.",
    "Wait a while, then open the link again from the message.",
)
UNHEARD = Notice(
    503,
    "Just a moment",
    "This could not be looked at: it came too slowly, too much came at once, or the server that "
    "counts wrong tries is away.",
    "Nothing was decided by this one.",
    "Load the page again in a minute. If you were deciding, do so once more then.",
)
AWAY = Notice(
    503,
    "Just a moment",
    "A server that is needed here did not answer in time.",
    "If you have just decided, it may be recorded or not.",
    "Load the page again in a minute. To say the same twice is harmless: it counts once.",
)
BROKEN = Notice(
    500,
    "This page cannot be shown",
    "Slipway itself made a mistake here; what it was stands in the gateway's log.",
    "Nothing was decided by looking. If you have just decided, `starter.py why` says if it counts.",
    "Tell whoever runs Slipway, and decide by `starter.py approve` or `reject` meanwhile.",
)
UNREADABLE = Notice(
    400,
    "That was no decision",
    "What was sent is not what this page's form sends.",
    "Nothing was decided.",
    "Open the link again from the message, and use the buttons.",
)
DONE: Mapping[DecisionKind, tuple[str, str]] = MappingProxyType(
    {
        DecisionKind.APPROVE: ("Approved", "The work goes on from here."),
        DecisionKind.REJECT: ("Rejected", "The work ends as failed, with your reason."),
        DecisionKind.REQUEST_CHANGES: (
            "Changes are requested",
            "The phase is worked again with your comment, and then asked again.",
        ),
    }
)
OVER: Mapping[ApprovalStatus, tuple[str, str]] = MappingProxyType(
    {
        ApprovalStatus.APPROVED: ("It is approved already", "The work has gone on."),
        ApprovalStatus.REJECTED: ("It is decided already", "What was shown was not approved."),
        ApprovalStatus.EXPIRED: ("The time is over", "Nobody decided while it was asked."),
        ApprovalStatus.VOID: (
            "It is not asked any more",
            "What was to be decided on has changed since, or the work has ended.",
        ),
    }
)
ADVICE: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        Refusal.COMMENT_NEEDED: (422, "Say why in the comment, then press the button again."),
        Refusal.NOT_AN_APPROVER: (403, "Ask one of those who may; they are named below."),
        Refusal.OWN_WORK: (403, "Somebody else must decide on your own work."),
        Refusal.FOUR_EYES: (403, "Each level needs another pair of eyes: leave it to the others."),
        Refusal.UNVERIFIED: (
            403,
            "Gateway and worker need the same SLIPWAY_DECISION_KEY: tell whoever runs them.",
        ),
        Refusal.ALREADY_DECIDED: (409, "There is nothing left to do."),
        Refusal.SUBJECT_CHANGED: (409, "It is asked again: wait for the next message."),
        Refusal.UNKNOWN_APPROVAL: (409, "Load the page again to see what is asked now."),
    }
)


def why_closed(link: ApprovalLink, now: datetime) -> Notice | None:
    """None while it can still be decided on."""
    if not link.member:
        return _gone("It is not yours any more", f"{link.email} does not belong here any longer.")
    if link.used_at is not None and link.decision is not None:
        happened = f"{link.email} decided on {moment(link.used_at)}: {_word(link.decision)}."
        return _gone("You have decided", happened)
    standing = link.standing
    if standing is None or standing.subject_hash != link.subject_hash:
        return _gone(*OVER[ApprovalStatus.VOID])
    if standing.status is not ApprovalStatus.PENDING:
        return _gone(*OVER[standing.status])
    if not standing.running:
        return _gone(*OVER[ApprovalStatus.VOID])
    if standing.expires_at is not None and standing.expires_at <= now:
        return _gone(*OVER[ApprovalStatus.EXPIRED])
    return None


def recorded(decision: DecisionKind, settled: bool) -> Notice:
    title, meaning = DONE[decision]
    if not settled:
        meaning = "Others must agree as well; until then the work waits."
    happened = "Your decision is recorded, with your name and the time."
    return Notice(200, title, happened, meaning, "You can close this page: the link is used up.")


def repeated(decision: DecisionKind) -> Notice:
    title, meaning = DONE[decision]
    return Notice(200, title, "You have said so before: it counts once.", meaning, "")


def refused(refusal: str, why: str) -> Notice:
    """The link stays good: the person may do better, or somebody else may."""
    status, advice = ADVICE.get(refusal, (409, "Load the page again to see what is asked now."))
    return Notice(
        status, "Your decision does not count", _sentence(why), "Nothing changed.", advice
    )


def not_running(why: str) -> Notice:
    return Notice(410, "The work has ended", _sentence(why), "There is nothing to decide.", MINE)


def remarked(issue_key: str) -> Notice:
    return Notice(
        200,
        "Your comment is on its way",
        f"Whoever works on {issue_key} next reads it.",
        "It decides nothing: your decision is still awaited.",
        "Decide below, or later by the same link.",
    )


def needs_comment(decision: DecisionKind, comment: str) -> bool:
    return decision is not DecisionKind.APPROVE and not comment.strip()


def moment(at: datetime) -> str:
    """For people of every time zone."""
    return f"{at.astimezone(UTC):%a %d %b %Y, %H:%M} UTC"


def left(until: datetime, now: datetime) -> str:
    """The two largest units."""
    if until <= now:
        return "the time is over"
    minutes = (until - now) // timedelta(minutes=1)
    parts = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    named = [f"{count} {unit}{'s' * (count != 1)}" for count, unit in parts if count]
    return f"{' '.join(named[:2])} left" if named else "less than a minute left"


def _gone(title: str, happened: str) -> Notice:
    return Notice(410, title, happened, "This link decides nothing any more.", MINE)


def _word(decision: DecisionKind) -> str:
    return decision.lower().replace("_", " ")


def _sentence(text: str) -> str:
    said = text.strip()
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "!", "?")) else ".")
