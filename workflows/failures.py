"""How a run fails: with a type an operator can look for, and a reason a person can act on."""

import asyncio

from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    is_cancelled_exception,
)


def failed(error_type: str, reason: str) -> ApplicationError:
    return ApplicationError(reason, type=error_type, non_retryable=True)


def was_cancelled(error: BaseException) -> bool:
    return isinstance(error, asyncio.CancelledError) or is_cancelled_exception(error)


def said_by(error: BaseException) -> tuple[str, str]:
    """Type and reason, from the error that an activity raised rather than from its wrapping."""
    cause = error.cause if isinstance(error, ActivityError) and error.cause else error
    if isinstance(cause, ApplicationError):
        return cause.type or "ApplicationError", cause.message
    return type(cause).__name__, str(cause)
