"""Exit codes of `python -m db`, and which failure ends with which."""

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError

from errors import PermanentError, RetryLaterError
from faults import faults

FAILED, WRONG_USE, AWAY = 1, 2, 4
# SQLSTATEs of a server that is not there, full, starting or stopping.
AWAY_STATES = ("08", "53", "57P")
# Of a refused login, and of a database that is not there.
LOGIN_STATES = ("28", "3D")
# No such table, no such column.
SCHEMA_STATES = ("42P01", "42703")
# Where there is no SQLSTATE: the driver's own word on a connection that is gone, or breaks.
BROKEN = (InterfaceError, InternalError)


def verdict(error: Exception) -> tuple[int, str] | None:
    """None for what is nobody's mistake but ours."""
    match error:
        case ValidationError():
            return WRONG_USE, faults(error)
        case PermanentError():
            return WRONG_USE, str(error)
        case RetryLaterError():
            return AWAY, f"somebody else is at it, or Redis is away: {error}. Try again soon"
        case DBAPIError():
            return _of_state(error)
        case BrokenPipeError():
            return None  # Of our own output, when whoever read it has seen enough: Typer's to end.
        case OSError():
            return AWAY, f"Postgres does not answer ({_first_line(error)})"
        case _:
            return None


def _of_state(error: DBAPIError) -> tuple[int, str] | None:
    state, said = str(getattr(error.orig, "sqlstate", None) or ""), _first_line(error.orig)
    if state.startswith(AWAY_STATES) or (not state and isinstance(error, BROKEN)):
        return AWAY, f"Postgres does not answer ({said})"
    if state.startswith(LOGIN_STATES):
        return WRONG_USE, f"Postgres refuses the login: {said}"
    if state in SCHEMA_STATES:
        return FAILED, "the schema is not the newest: python -m db migrate"
    return (FAILED, f"Postgres refuses: {said}") if state else None


def _first_line(error: BaseException | None) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
