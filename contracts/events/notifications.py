"""That somebody is to be told. What becomes of it belongs to the delivery, not to the ledger."""

from typing import Literal

from pydantic import BaseModel

from contracts.notifications import NotificationRequest


class NotificationRequested(BaseModel, frozen=True):
    type: Literal["NotificationRequested"] = "NotificationRequested"
    request: NotificationRequest
