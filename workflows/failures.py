"""How a run fails: with a type an operator can look for, and a reason a person can act on."""

import asyncio
from collections.abc import Awaitable, Callable

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from contracts.text import clipped

WITHDRAWN = "Withdrawn"


def failed(error_type: str, reason: str) -> ApplicationError:
    """Also for refusals: an update that raises it is refused, a run that raises it has failed."""
    return ApplicationError(clipped(reason), type=error_type, non_retryable=True)


def withdrawn(why: str) -> ApplicationError:
    """For agents that wait for a person where nobody is waited for any more."""
    return failed(WITHDRAWN, why)


def was_withdrawn(error: BaseException) -> bool:
    return isinstance(error, ApplicationError) and error.type == WITHDRAWN


def stop_if_cancelled() -> None:
    """An agent that ended before it heard of the cancellation swallows it."""
    if workflow.cancellation_reason() is not None:
        raise asyncio.CancelledError


async def to_its_end(ending: Callable[[], Awaitable[None]]) -> None:
    """What a run that is over still has to do, and what may be begun again where a cancellation
    broke it off: it comes too late for anything, and a run is cancelled only once."""
    try:
        await ending()
    except (asyncio.CancelledError, FailureError) as error:
        if not was_cancelled(error):
            raise
        await ending()


def was_cancelled(error: BaseException) -> bool:
    return isinstance(error, asyncio.CancelledError) or is_cancelled_exception(error)


def said_by(error: BaseException) -> tuple[str, str]:
    """Type and reason, from the error that an activity raised rather than from its wrapping."""
    cause = error.cause if isinstance(error, ActivityError) and error.cause else error
    if isinstance(cause, ApplicationError):
        return cause.type or "ApplicationError", clipped(cause.message)
    return type(cause).__name__, clipped(str(cause))
