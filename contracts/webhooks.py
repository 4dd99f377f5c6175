"""Webhooks: sources, what a provider delivers, and what the workflow for one delivery is given."""

import zlib
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr

from contracts.jira_work import Organization
from contracts.text import Comment, Line

PROCESS_WEBHOOK = "ProcessWebhook"
COMPARE_WEBHOOK = "CompareWebhook"
SWEEP_WEBHOOKS = "SweepWebhooks"
FORGET_WEBHOOKS = "ForgetWebhooks"
FAST = 1
DELIVERY_ID = r"^[\x21-\x7e]{1,255}$"
DeliveryId = Annotated[str, Field(pattern=DELIVERY_ID)]


class WebhookSource(StrEnum):
    GITHUB = "GITHUB"
    GITLAB = "GITLAB"
    BITBUCKET = "BITBUCKET"
    JIRA = "JIRA"
    HUBSPOT = "HUBSPOT"
    SLACK = "SLACK"
    STANDARD = "STANDARD"


class WebhookStatus(StrEnum):
    """RECEIVED: its workflow is still to come, or at work. FAILED: a dead letter, by what its
    error says; it can be replayed."""

    RECEIVED = "RECEIVED"
    PROCESSED = "PROCESSED"
    IGNORED = "IGNORED"
    FAILED = "FAILED"


def webhook_workflow_id(endpoint_id: UUID, delivery_id: str, replay: int = 0) -> str:
    """One delivery of one endpoint; each replay is a run of its own, beginning with 1."""
    once = f"webhook:{endpoint_id}:{sha256(delivery_id.encode()).hexdigest()}"
    return f"{once}:replay:{replay}" if replay else once


class ReceivedDelivery(BaseModel):
    """An authentic delivery before it is a row: what the gateway hands to Postgres, or with
    Postgres away to the workflow. `raw` is the body as it came, compressed (base64 in JSON).
    `unreadable` says why its payload can't be used: then it is kept as a dead letter.
    `payload_hash` tells a repetition from another body under the same id."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    endpoint_id: UUID
    organization_id: UUID
    organization: Organization
    project_id: UUID | None = None
    source: WebhookSource
    delivery_id: DeliveryId
    event_type: Line
    received_at: datetime
    payload_hash: str
    raw: bytes
    headers: dict[str, str] = {}
    unreadable: Comment | None = None
    _body: bytes | None = PrivateAttr(None)

    @classmethod
    def of(cls, body: bytes, **known: Any) -> Self:
        """Compresses the body, and keeps it at hand as long as it stays in this process."""
        made = cls(raw=zlib.compress(body, FAST), **known)
        made._body = body
        return made

    def body(self) -> bytes:
        body = self._body
        return zlib.decompress(self.raw) if body is None else body

    @cached_property
    def workflow_id(self) -> str:
        return webhook_workflow_id(self.endpoint_id, self.delivery_id)


class Repetition(BaseModel, frozen=True):
    """A delivery that came again while nobody could tell whether with another body. The body is not
    in it: only the first one is ever processed."""

    endpoint_id: UUID
    delivery_id: DeliveryId
    payload_hash: str

    @classmethod
    def of(cls, received: ReceivedDelivery) -> Self:
        return cls(
            endpoint_id=received.endpoint_id,
            delivery_id=received.delivery_id,
            payload_hash=received.payload_hash,
        )

    @property
    def workflow_id(self) -> str:
        """One run for each other body, however often it comes."""
        once = webhook_workflow_id(self.endpoint_id, self.delivery_id)
        return f"{once}:body:{self.payload_hash[:16]}"


class Delivery(BaseModel, frozen=True):
    """A row of the inbox, as routing sees it. `payload` is None for a dead letter. Header names
    are in small letters; signatures and tokens are not among them. `replay` is 0 the first time."""

    id: UUID
    endpoint_id: UUID
    organization_id: UUID
    organization: Organization
    project_id: UUID | None = None
    source: WebhookSource
    delivery_id: DeliveryId
    event_type: Line
    """As the provider names it: GitHub's `pull_request`, GitLab's `Merge Request Hook`,
    Bitbucket's `pullrequest:created`, Jira's `jira:issue_updated`, HubSpot's subscription type."""
    received_at: datetime
    status: WebhookStatus = WebhookStatus.RECEIVED
    payload: JsonValue = None
    headers: dict[str, str] = {}
    replay: int = 0


class WebhookWork(BaseModel, frozen=True):
    """The one argument of ProcessWebhook. Either names the row, or holds the delivery itself when
    Postgres was away: then the workflow's first step makes the row (insert-or-nothing)."""

    row: UUID | None = None
    received: ReceivedDelivery | None = None
    replay: int = 0
