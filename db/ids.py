"""Ids of new rows."""

from uuid import UUID

from uuid_utils import uuid7


def new_id() -> UUID:
    """A UUIDv7: rows made later sort later."""
    return UUID(int=uuid7().int)
