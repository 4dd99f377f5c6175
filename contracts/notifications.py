"""Messages to people: what is asked for, what becomes of it, and the parcels it travels in."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.budgets import Measure
from contracts.cards import Card
from contracts.identity import Role
from contracts.jira_work import Organization
from contracts.text import Comment, Line

DELIVER_NOTIFICATION = "DeliverNotification"
SWEEP_NOTIFICATIONS = "SweepNotifications"
MORE = "more"
"""The signal that tells a delivery of a message it may not have seen."""

TURN = "turn:"
FactKey = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[\x21-\x7e]+$")]


class Channel(StrEnum):
    SLACK = "SLACK"
    EMAIL = "EMAIL"
    DISCORD = "DISCORD"
    TEAMS = "TEAMS"
    PAGERDUTY = "PAGERDUTY"
    WEBHOOK = "WEBHOOK"


class NotificationStatus(StrEnum):
    """SENT: handed over. DELIVERED: the provider confirmed. BOUNCED: refused for good."""

    PENDING = "PENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    BOUNCED = "BOUNCED"


LOST = (NotificationStatus.FAILED, NotificationStatus.BOUNCED)


class Occasion(BaseModel, frozen=True):
    """What a message is made of. Which of these are there depends on the event."""

    issue_key: Line
    title: Line = ""
    phase: Line | None = None
    gate: Line | None = None
    code: Line | None = None
    """The request's short code, for decisions by comment."""
    reason: Comment = ""
    until: datetime | None = None
    commit: Line | None = None
    by: Line | None = None
    link: Line | None = None
    stuck: Comment = Field(default="", exclude_if=lambda stuck: not stuck)
    """Of an approval: why nobody is left who may decide, and what to do."""
    lacking: Measure | None = Field(default=None, exclude_if=lambda lacking: lacking is None)
    """Of a limit that is reached: what there is no more of."""


class NotificationRequest(BaseModel, frozen=True):
    """`key` names the fact: asking twice with the same key tells nobody twice. The routing table
    says which endpoints hear of it; `people` (e-mail addresses) and holders of `roles` hear of it
    where a route goes to people. A `card` takes the place of the event's own words."""

    organization: Organization
    key: FactKey
    event_type: Line
    occasion: Occasion
    orchestration_id: UUID | None = None
    people: tuple[Line, ...] = ()
    roles: tuple[Role, ...] = ()
    card: Card | None = None
    correlation_id: UUID | None = None

    @property
    def calls(self) -> bool:
        """Whoever comes next, of people who decide one after the other."""
        return self.key.startswith(TURN)


class Buttons(BaseModel, frozen=True):
    """By which a request is decided on in a chat; `value` says which: `KEY approval-id hash`."""

    value: Line


class Message(BaseModel, frozen=True):
    """What a notifier is given. `key` is the same for every attempt, and goes into the message
    wherever the channel has a place for it, so that receivers can tell repetitions. `topic` is one
    for all messages on a ticket; `thread_id` is what the provider called that thread. `about` is
    the approval that is asked for."""

    key: str
    channel: Channel
    address: str = Field(repr=False)
    secrets: tuple[str, ...] = Field(default=(), repr=False)
    event_type: str
    subject: Line
    body: str
    card: Card | None = None
    buttons: Buttons | None = None
    urgent: bool = False
    about: UUID | None = None
    topic: str | None = None
    thread_id: str | None = None
    at: datetime


class ProviderAnswer(BaseModel, frozen=True):
    """What a provider said, as it is stored with the attempt."""

    status: NotificationStatus
    code: int | None = None
    said: Comment = ""
    thread_id: str | None = None


class Parcel(BaseModel, frozen=True):
    """What one delivery is about: the message of this dedupe key, or all of a batch. `resend`
    takes up again what was given up."""

    key: str
    batch: bool = False
    resend: bool = False


class Hold(BaseModel, frozen=True):
    """Whether there is something to send, and what it has to wait for."""

    count: int
    until: datetime | None = None
    why: str = ""
    to: str = ""
    patience: timedelta = timedelta(days=1)


class GivenUp(BaseModel, frozen=True):
    parcel: Parcel
    status: NotificationStatus
    reason: Comment


class QuietHours(BaseModel, frozen=True, extra="forbid"):
    """Local times; `start` after `end` means over midnight."""

    time_zone: Line
    start: time
    end: time


class Endpoint(BaseModel, frozen=True):
    """A place messages can go to. `address` is a URL; a mail address; `C0123:xoxb-…` (a Slack
    channel and a bot's token); a PagerDuty routing key. `secrets` sign webhooks, newest first:
    all of them sign, so that a receiver can change over in its own time."""

    name: Line
    channel: Channel
    address: str = Field(min_length=1, max_length=2_000, repr=False)
    secrets: tuple[str, ...] = Field(default=(), repr=False)
    quiet: QuietHours | None = None
    fallback: Line | None = None


class Route(BaseModel, frozen=True):
    """Who hears of an event: the named endpoint, else every endpoint of the channel; `people`
    means those whom the request names, by mail."""

    event_type: Line
    channel: Channel
    endpoint: Line | None = None
    people: bool = False
    urgent: bool = False
    batched: bool = False


class NotificationRow(BaseModel, frozen=True):
    """A message as Postgres shows it."""

    id: UUID
    issue_key: str | None
    channel: Channel
    recipient: str
    event_type: str
    subject: str
    status: NotificationStatus
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    rests_until: datetime | None
    """Of one that is pending: its endpoint is left alone until then."""
    error: str | None
    provider_answer: dict[str, Any] | None
    dedupe_key: str


def notification_workflow_id(key: str) -> str:
    return f"notification:{key}"
