"""Exit codes of `python -m db`, and which failure ends with which."""

from pydantic import ValidationError

from db.failures import Failure, failure_of, sqlstate_of, words_of
from errors import PermanentError, RetryLaterError
from faults import faults

FAILED, WRONG_USE, AWAY = 1, 2, 4


def verdict(error: Exception) -> tuple[int, str] | None:
    """None for what is nobody's mistake but ours."""
    match error:
        case ValidationError():
            return WRONG_USE, faults(error)
        case PermanentError():
            return WRONG_USE, str(error)
        case RetryLaterError():
            return AWAY, f"somebody else is at it, or Redis is away: {error}. Try again soon"
        case BrokenPipeError():
            return None  # Of our own output, when whoever read it has seen enough: Typer's to end.
        case OSError():
            return AWAY, f"Postgres does not answer ({words_of(error)})"
        case _:
            return _of_postgres(error)


def _of_postgres(error: Exception) -> tuple[int, str] | None:
    match failure_of(error):
        case Failure.AWAY:
            return AWAY, f"Postgres does not answer ({words_of(error)})"
        case Failure.LOGIN:
            return WRONG_USE, f"Postgres refuses the login: {words_of(error)}"
        case Failure.SCHEMA:
            return FAILED, "the schema is not the newest: python -m db migrate"
        case Failure.OTHER if sqlstate_of(error):
            return FAILED, f"Postgres refuses: {words_of(error)}"
        case _:
            return None
