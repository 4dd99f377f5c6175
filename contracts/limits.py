"""Limits on how often something may be done, claims on them, and the answers."""

from datetime import timedelta
from enum import StrEnum

from pydantic import BaseModel, Field

NOW = timedelta()


class Outage(StrEnum):
    """What a limit does while Redis is away."""

    OPEN = "open"
    PER_PROCESS = "per-process"
    CLOSED = "closed"


class Limit(BaseModel, frozen=True):
    """A bucket holds `tokens` at most, and as many come back evenly within `per`."""

    scope: str
    tokens: int = Field(ge=1)
    per: timedelta = Field(gt=NOW)
    outage: Outage = Outage.PER_PROCESS


class Claim(BaseModel, frozen=True):
    """`of` says whose bucket: a client's address, or a client and a tool."""

    limit: Limit
    of: tuple[str, ...]
    weight: int = Field(default=1, ge=1)


class Verdict(BaseModel, frozen=True):
    """`wait` is zero when allowed, else how long until it would be. `remaining` is what the
    fullest-drawn of the claimed buckets has left."""

    allowed: bool
    wait: timedelta = NOW
    remaining: int = Field(default=0, ge=0)
