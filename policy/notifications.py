"""Who hears of what, when, and in which words: rules on messages, without any sending."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.notifications import Channel, FactKey, NotificationRequest, QuietHours, Route
from contracts.text import clipped, one_line
from errors import MisuseError

SLACK, EMAIL, DISCORD = Channel.SLACK, Channel.EMAIL, Channel.DISCORD
WINDOW = timedelta(minutes=15)
CROWDED = 0.75
FALLBACK = "-fallback"
# An endpoint that failed this often in a row is left alone for so long.
FAILURES, CLOSED = 5, timedelta(minutes=5)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=10)
PATIENCE, HURRY, GREAT_HURRY = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
MAX_SUBJECT, MAX_BODY = 200, 10_000


def _routes(event_type: str, *channels: Channel, **how: bool) -> list[Route]:
    return [Route(event_type=event_type, channel=channel, **how) for channel in channels]


# What a fresh organization starts with; people change the table, not this.
SEEDED_ROUTES: tuple[Route, ...] = (
    *_routes("OrchestrationStarted", SLACK),
    *_routes("PhaseCompleted", SLACK, batched=True),
    *_routes("OrchestrationCompleted", SLACK, EMAIL),
    *_routes("OrchestrationFailed", SLACK, EMAIL, urgent=True),
    *_routes("AgentBlocked", SLACK, EMAIL, urgent=True),
    *_routes("SlaViolated", SLACK, EMAIL, urgent=True),
    *_routes("SlaViolated", EMAIL, people=True, urgent=True),
    *_routes("SlaWarned", SLACK),
    *_routes("SlaWarned", EMAIL, people=True),
    *_routes("SlaCritical", SLACK),
    *_routes("SlaCritical", EMAIL, people=True),
    *_routes("BudgetExceeded", EMAIL, people=True, urgent=True),
    *_routes("BudgetEscalated", SLACK, urgent=True),
    *_routes("BudgetEscalated", EMAIL, people=True, urgent=True),
    *_routes("QuestionAsked", EMAIL, people=True),
    *_routes("ApprovalRequested", SLACK),
    *_routes("ApprovalRequested", EMAIL, people=True),
    *_routes("ApprovalEscalated", EMAIL, people=True, urgent=True),
    *_routes("TicketTriaged", SLACK, DISCORD),
    *_routes("TriageFailed", SLACK, DISCORD, urgent=True),
)


class UnknownTimeZoneError(MisuseError):
    """Quiet hours in a time zone that nobody knows."""


def dedupe_key(request: NotificationRequest, channel: Channel, to: str) -> FactKey:
    """One for each fact, channel and recipient, whoever asks how often. `to` is an endpoint's id
    or a mail address."""
    return known_by((request.organization, request.key), channel, to)


def known_by(fact: tuple[str, FactKey], channel: Channel, to: str) -> FactKey:
    """`fact` is whose it is, and its own key."""
    organization, key = fact
    told = "\n".join((organization, key, channel, to.lower()))
    return f"{organization}-{sha256(told.encode()).hexdigest()[:32]}"


def fallback_key(key: FactKey) -> FactKey | None:
    """Of the message that takes the place of a lost one; a fallback has no fallback."""
    return None if key.endswith(FALLBACK) else key + FALLBACK


def first_of(key: FactKey) -> FactKey:
    """The key of the message that this one took the place of, or its own."""
    return key.removesuffix(FALLBACK)


def parcel_key(keys: Sequence[FactKey]) -> FactKey:
    """What receivers know a message by: the same for the same content."""
    if len(keys) == 1:
        return keys[0]
    return f"batch-{sha256(chr(10).join(keys).encode()).hexdigest()[:32]}"


def window_end(at: datetime) -> datetime:
    """When the batch closes that a message of this moment belongs to."""
    windows = int(at.timestamp() // WINDOW.total_seconds()) + 1
    return datetime.fromtimestamp(windows * WINDOW.total_seconds(), UTC)


def batch_key(endpoint: str, at: datetime) -> FactKey:
    return f"batch-{endpoint}-{int(window_end(at).timestamp())}"


def batch_end(key: str) -> datetime:
    """When the batch of this key closes."""
    return datetime.fromtimestamp(int(key.rpartition("-")[2]), UTC)


def is_crowded(sent: int, limit: int) -> bool:
    """Whether what was sent within the limit's time leaves too little room for single messages."""
    return sent >= CROWDED * limit


def quiet_until(quiet: QuietHours | None, at: datetime) -> datetime | None:
    """When the quiet hours end that this moment falls into; None when it falls into none. An end
    that a change to summer time leaps over comes an hour later on the clock. Raises
    UnknownTimeZoneError."""
    if quiet is None or quiet.start == quiet.end:
        return None
    try:
        zone = ZoneInfo(quiet.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZoneError(f"There is no time zone {quiet.time_zone[:80]!r}.") from None
    local = at.astimezone(zone)
    now = local.time()
    over_midnight = quiet.start > quiet.end
    if over_midnight:
        is_quiet = now >= quiet.start or now < quiet.end
    else:
        is_quiet = quiet.start <= now < quiet.end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=over_midnight and now >= quiet.start)
    return datetime.combine(day, quiet.end, zone).astimezone(UTC)


def pause_after(attempt: int) -> timedelta:
    """Where the provider names no time of its own; `attempt` is counted from 1."""
    doublings: int = 2 ** min(max(attempt - 1, 0), 20)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE)


def patience(*, urgent: bool, elsewhere: bool) -> timedelta:
    """How long a message is tried. Who could be told elsewhere is not kept waiting."""
    if not elsewhere:
        return PATIENCE
    return GREAT_HURRY if urgent else HURRY


def digest(messages: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Subject and body of several messages as one."""
    if len(messages) == 1:
        return messages[0]
    subjects = [subject for subject, _ in messages]
    subject = clipped(f"{len(messages)} messages: {subjects[0]}", MAX_SUBJECT)
    parts = [f"{subject}\n{body}".strip() for subject, body in messages]
    room = MAX_BODY // len(parts) - 2
    return one_line(subject), clipped(
        "\n\n".join(clipped(part, max(room, 120)) for part in parts), MAX_BODY
    )
