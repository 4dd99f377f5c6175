"""On what terms values of one kind are kept in the cache."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")
NONE = timedelta()


@dataclass(frozen=True)
class Known(Generic[T]):
    """A box, for the value itself may be None."""

    value: T


@dataclass(frozen=True)
class Terms(Generic[T]):
    """A value is fresh for `ttl`, less up to a tenth: what was loaded together must not expire
    together. For `stale` longer it answers when loading fails. None is remembered for `missing`,
    if at all. Others count on a load for `flight`, and wait for it no longer than `patience`."""

    contract: TypeAdapter[T]
    ttl: timedelta
    stale: timedelta = NONE
    missing: timedelta = NONE
    flight: timedelta = timedelta(seconds=30)
    patience: timedelta = timedelta(seconds=2)

    def life(self, value: T) -> timedelta:
        """How long Redis keeps it; zero is not at all."""
        fresh = self.missing if value is None else self.ttl
        return fresh * random.uniform(0.9, 1) + self.stale if fresh else NONE

    def parsed(self, text: bytes) -> Known[T] | None:
        """None for what is empty, or was written by code with another idea of the contract."""
        try:
            return Known(self.contract.validate_json(text)) if text else None
        except ValidationError:
            return None
