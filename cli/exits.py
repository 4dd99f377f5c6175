"""Exit codes, and which failure ends with which. docs/cli.md tells people."""

from asyncpg.exceptions import PostgresError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from clients.orchestrations import NotRunningError
from db.encryption import EncryptionKeyError
from db.urls import InvalidDatabaseUrlError
from errors import (
    MissingAddressError,
    PermanentError,
    RetryLaterError,
    UnknownIssueError,
    UnknownPlaybookError,
    UnknownProjectError,
)

DONE, FAILED, WRONG_USE, NOT_FOUND, AWAY, INTERRUPTED = 0, 1, 2, 3, 4, 130

# SQLSTATEs of a server that is not there, full, starting or stopping.
AWAY_STATES = ("08", "57P", "53")
# No such table, column or schema.
SCHEMA_STATES = ("42P01", "42703", "3F000")
# No such login, no such database.
LOGIN_STATES = ("28", "3D")
UNANSWERED = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
)


class WrongUseError(PermanentError):
    """The command was called in a way that can't mean anything."""


class NotFoundError(PermanentError):
    """What the command was asked for is not there."""


class ServerAwayError(Exception):
    """A server, or every worker, is not there; the message says which and what to do."""


MISUSED = (WrongUseError, MissingAddressError, InvalidDatabaseUrlError, EncryptionKeyError)
UNKNOWN = (
    NotFoundError,
    NotRunningError,
    UnknownIssueError,
    UnknownPlaybookError,
    UnknownProjectError,
)


def verdict(error: BaseException) -> tuple[int, str] | None:
    """Exit code and what to say; None for what is nobody's mistake but ours."""
    match error:
        case ValidationError():
            return WRONG_USE, _faults(error)
        case _ if isinstance(error, MISUSED):
            return WRONG_USE, str(error)
        case _ if isinstance(error, UNKNOWN):
            return NOT_FOUND, str(error)
        case PermanentError():
            return FAILED, str(error)
        case RetryLaterError() | ServerAwayError():
            return AWAY, str(error)
        case _:
            return _of_servers(error)


def is_away(error: BaseException) -> bool:
    """Whether a server did not answer, so that asking again may help."""
    found = verdict(error)
    return found is not None and found[0] == AWAY


def _of_servers(error: BaseException) -> tuple[int, str] | None:
    match error:
        case RPCError() if error.status in UNANSWERED:
            return AWAY, f"Temporal does not answer ({error.status.name}). Try again in a moment."
        case RPCError():
            return FAILED, f"Temporal refused: {error.message} ({error.status.name})."
        case RPCTimeoutOrCancelledError():
            return AWAY, "No answer in time: is a worker running? Look with status, then try again."
        case PoolTimeoutError() | InterfaceError():
            return AWAY, "Postgres does not answer. Try again in a moment."
        case DBAPIError():
            return _of_state(str(getattr(error.orig, "sqlstate", None) or ""), str(error.orig))
        case PostgresError():
            return _of_state(str(getattr(error, "sqlstate", None) or ""), str(error))
        case OSError():
            return AWAY, f"A server does not answer: {error}. Try again in a moment."
        case _:
            return None


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


def _faults(error: ValidationError) -> str:
    """Never the value: it may be a secret, or a megabyte."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'options'}: "
        f"{fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )
