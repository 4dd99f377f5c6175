"""What a failure of Postgres means: decided by its SQLSTATE, and never by its text."""

from enum import Enum, auto

from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# Of a server that is not there, full, starting or stopping.
AWAY_STATES = ("08", "53", "57P")
# No such login, no such database.
LOGIN_STATES = ("28", "3D")
# No such table, column or schema.
SCHEMA_STATES = ("42P01", "42703", "3F000")


class Failure(Enum):
    """OTHER: Postgres said something else, as of a broken constraint."""

    AWAY = auto()
    LOGIN = auto()
    SCHEMA = auto()
    OTHER = auto()


def failure_of(error: BaseException) -> Failure | None:
    """None for what did not come from Postgres. Where nobody answers at all, the driver raises an
    OSError as it is: of that only the caller knows whose it was."""
    match error:
        case PoolTimeoutError() | InterfaceError():
            return Failure.AWAY
        case InternalError() if not sqlstate_of(error):
            # The driver's own word on a connection that breaks amid an answer.
            return Failure.AWAY
        case DBAPIError() | PostgresError():
            return _meant_by(sqlstate_of(error))
        case _:
            return None


def sqlstate_of(error: BaseException) -> str:
    """Empty where there is none, as when a connection broke."""
    raised = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(raised, "sqlstate", None) or "")


def words_of(error: BaseException) -> str:
    """The server's own, in one line: without the statement, and what SQLAlchemy says around it."""
    raised = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(raised).splitlines() or [type(raised).__name__])[0]


def _meant_by(state: str) -> Failure:
    if state.startswith(AWAY_STATES):
        return Failure.AWAY
    if state.startswith(LOGIN_STATES):
        return Failure.LOGIN
    return Failure.SCHEMA if state in SCHEMA_STATES else Failure.OTHER
