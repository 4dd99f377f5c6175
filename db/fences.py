"""What a lock guards in Postgres knows its newest holder, and lets no earlier one in again."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, event, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, SessionTransaction

from db.models import Fence
from errors import RetryLaterError

LATER = timedelta(seconds=5)


class LostLockError(RetryLaterError):
    """Somebody took the lock over. Nothing of this transaction was done."""


@dataclass(frozen=True)
class Shown:
    what: str
    number: int


_SHOWN: ContextVar[Shown | None] = ContextVar("shown", default=None)


@contextmanager
def showing(what: str, number: int) -> Iterator[None]:
    """For who holds the lock of that name: every transaction within shows this number first, and
    raises LostLockError where a higher one was shown already. Who was frozen for a while does not
    know by itself that it holds nothing any more."""
    token = _SHOWN.set(Shown(what, number))
    try:
        yield
    finally:
        _SHOWN.reset(token)


class FencedSession(Session):
    """Of every transaction of ours; outside of `showing` it is like any other."""


@event.listens_for(FencedSession, "after_begin")
def _show(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    shown = _SHOWN.get()
    if shown is None:
        return
    # The row stays locked until the end: the next holder waits for what is not committed yet.
    put = insert(Fence).values(what=shown.what, number=shown.number)
    statement = put.on_conflict_do_update(
        index_elements=[Fence.what],
        set_={"number": put.excluded.number, "updated_at": func.now()},
        where=Fence.number <= put.excluded.number,
    )
    if connection.execute(statement.returning(Fence.number)).first() is None:
        raise LostLockError(f"somebody else holds the lock of {shown.what} by now", LATER)
