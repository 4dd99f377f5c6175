"""Which failure of Postgres ends with which exit code. Knows no Temporal, as most readers don't."""

from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from cli.exits import AWAY, FAILED, WRONG_USE

# SQLSTATEs of a server that is not there, full, starting or stopping.
AWAY_STATES = ("08", "57P", "53")
# No such table, column or schema.
SCHEMA_STATES = ("42P01", "42703", "3F000")
# No such login, no such database.
LOGIN_STATES = ("28", "3D")


def of_postgres(error: BaseException) -> tuple[int, str] | None:
    """Exit code and what to say; None for what Postgres did not say."""
    match error:
        case PoolTimeoutError() | InterfaceError():
            return AWAY, "Postgres does not answer. Try again in a moment."
        case DBAPIError():
            state = str(getattr(error.orig, "sqlstate", None) or "")
            if isinstance(error, InternalError) and not state:
                # The driver's own word on a connection that breaks amid an answer.
                return AWAY, "Postgres does not answer. Try again in a moment."
            return _of_state(state, str(error.orig))
        case PostgresError():
            return _of_state(str(getattr(error, "sqlstate", None) or ""), str(error))
        case _:
            return None


def is_postgres_away(error: BaseException) -> bool:
    """Whether nobody answered where Postgres should be. The driver raises an OSError as it is."""
    found = of_postgres(error)
    return isinstance(error, OSError) or (found is not None and found[0] == AWAY)


def _of_state(state: str, said: str) -> tuple[int, str] | None:
    if state.startswith(AWAY_STATES):
        return AWAY, f"Postgres does not answer: {said}. Try again in a moment."
    if state.startswith(LOGIN_STATES):
        return WRONG_USE, f"Postgres refuses the login: {said}. Check DATABASE_URL."
    if state in SCHEMA_STATES:
        return (
            FAILED,
            "The database's schema is not Slipway's newest. Bring it there: starter.py setup",
        )
    return None
