"""What a failure of Postgres means, as the driver raises it and as SQLAlchemy wraps it."""

import pytest
from asyncpg.exceptions import (
    CannotConnectNowError,
    InternalClientError,
    InvalidCatalogNameError,
    InvalidPasswordError,
    PostgresError,
    TooManyConnectionsError,
    UndefinedColumnError,
    UndefinedTableError,
    UniqueViolationError,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db.failures import Failure, failure_of, sqlstate_of, words_of

MEANT = {
    CannotConnectNowError: Failure.AWAY,
    TooManyConnectionsError: Failure.AWAY,
    InvalidPasswordError: Failure.LOGIN,
    InvalidCatalogNameError: Failure.LOGIN,
    UndefinedTableError: Failure.SCHEMA,
    UndefinedColumnError: Failure.SCHEMA,
    UniqueViolationError: Failure.OTHER,
}


@pytest.mark.parametrize(("kind", "meant"), MEANT.items(), ids=lambda one: str(one))
def test_the_state_decides_wrapped_or_not(kind: type[PostgresError], meant: Failure) -> None:
    raised = kind("the server's words\nDETAIL: more")
    wrapped = DBAPIError("SELECT 1", {}, raised)
    assert failure_of(raised) is failure_of(wrapped) is meant
    assert sqlstate_of(wrapped) == sqlstate_of(raised) != ""
    assert words_of(wrapped) == "the server's words"


def test_without_a_state_nobody_answered() -> None:
    broken = InterfaceError("SELECT 1", {}, OSError("connection was closed"))
    assert failure_of(broken) is failure_of(PoolTimeoutError()) is Failure.AWAY
    assert sqlstate_of(broken) == ""


def test_a_connection_that_breaks_amid_an_answer_has_no_state_either() -> None:
    broken = InternalClientError("got result for unknown protocol state 3")
    assert failure_of(InternalError("SELECT 1", {}, broken)) is Failure.AWAY


def test_what_others_raise_says_nothing_of_postgres() -> None:
    assert failure_of(OSError("refused")) is None
    assert failure_of(ValueError("no")) is None
