"""How a run ended, as Temporal knows it: also of runs that never reached Postgres."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, TerminatedError
from temporalio.service import RPCError, RPCStatusCode

from cli.exits import NotFoundError
from cli.stopping import beside
from cli.terminal import plain
from cli.verdicts import is_away
from clients.temporal.orchestrations import OrchestrationWorkflows
from contracts.jira_work import WorkOutcome
from errors import PermanentError

AGAIN = 1.0
Ending = asyncio.Task[WorkOutcome | None]


class RunFailedError(PermanentError):
    """The run failed before it was opened, or without a last word in Postgres."""


@asynccontextmanager
async def ending(orchestrations: OrchestrationWorkflows, issue_key: str) -> AsyncIterator[Ending]:
    """Done once the run is over; None when Temporal does not know any (it forgets in time)."""
    async with beside(_the_end(orchestrations, issue_key)) as task:
        yield task


async def _the_end(orchestrations: OrchestrationWorkflows, issue_key: str) -> WorkOutcome | None:
    """Outlasts a server that is away, and a reset, which ends one run and begins the next."""
    while True:
        try:
            return await orchestrations.handle(issue_key).result()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            if not is_away(error):
                raise
        except WorkflowFailureError as error:
            terminated = isinstance(error.cause, TerminatedError)
            if not terminated or not await orchestrations.running(issue_key):
                raise
        await asyncio.sleep(AGAIN)


def last_words(end: Ending, issue_key: str) -> WorkOutcome:
    """The outcome of a run that is over; raises what it failed with, in words."""
    try:
        outcome = end.result()
    except WorkflowFailureError as error:
        raise _in_words(error.cause, issue_key) from error
    if outcome is None:
        raise NotFoundError(f"Nobody works on {issue_key}. Start it: starter.py work {issue_key}")
    return outcome


def _in_words(cause: BaseException | None, issue_key: str) -> PermanentError:
    if isinstance(cause, ActivityError):
        cause = cause.cause
    match cause:
        case ApplicationError() if (cause.type or "").startswith("Unknown"):
            return NotFoundError(plain(cause.message, 2_000))
        case ApplicationError():
            return RunFailedError(plain(cause.message, 2_000))
        case TerminatedError():
            return RunFailedError(
                f"The workflow of {issue_key} was terminated. Nothing works on it now; "
                f"start again: starter.py work {issue_key}"
            )
        case CancelledError():
            return RunFailedError(f"{issue_key} was cancelled before it began.")
        case _:
            return RunFailedError(plain(str(cause), 2_000))
