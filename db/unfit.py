"""Deliveries that are authentic, and hold what no column can: they are kept as dead letters."""

from sqlalchemy.exc import DBAPIError

from contracts.webhooks import ReceivedDelivery
from db.failures import sqlstate_of

UNFIT = "22"
"""The class of SQLSTATE for such values."""


def is_unfit(error: DBAPIError) -> bool:
    return sqlstate_of(error).startswith(UNFIT)


def dead_letter(received: ReceivedDelivery, error: DBAPIError) -> ReceivedDelivery:
    """The same, without what Postgres has refused."""
    why = f"Postgres cannot hold it: {type(error.orig).__name__}"
    return received.model_copy(update={"unreadable": why})
