"""What happens around every activity: the journal is written first, errors are classified."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.heartbeats import heartbeats
from contracts.ledger import JOURNAL_HEADER, Batch
from contracts.text import clipped
from db.failures import sqlstate_of
from errors import PermanentError, RetryLaterError

PASSING = frozenset({"42P01", "42703", "42501"})


class ErrorInterceptor(Interceptor):
    """Tells Temporal what our errors say of themselves: the one place that knows both."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Errors(next)


class _Errors(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except PermanentError as error:
            kind = type(error).__name__
            raise ApplicationError(clipped(str(error)), type=kind, non_retryable=True) from error
        except RetryLaterError as error:
            raise ApplicationError(
                clipped(str(error)),
                type=type(error).__name__,
                next_retry_delay=error.delay,
                category=ApplicationErrorCategory.BENIGN,
                # With two traces in it the Web UI would say "Failure exceeds size limit" instead.
            ) from None
        except DBAPIError as error:
            # Bad data, a broken constraint, a wrong statement stay so. A table that is missing may
            # come with the migration that is under way, and a permission may be given back.
            state = sqlstate_of(error)
            if not state.startswith(("22", "23", "42")) or state in PASSING:
                raise
            text = clipped(str(error.orig))
            raise ApplicationError(text, type=f"Postgres{state}", non_retryable=True) from error


class BatchWriter(Protocol):
    def written(self, batch: Batch) -> AbstractAsyncContextManager[None]:
        """Within, the ledger holds the batch. Repeatable."""
        ...


class LedgerInterceptor(Interceptor):
    """Writes the events that ride in the header before the activity's own effect."""

    def __init__(self, writer: BatchWriter) -> None:
        self._writer = writer

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Ledger(next, self._writer)


class _Ledger(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, writer: BatchWriter) -> None:
        super().__init__(next)
        self._writer = writer

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        payload = input.headers.get(JOURNAL_HEADER)
        if payload is None:
            return await super().execute_activity(input)
        batch = activity.payload_converter().from_payload(payload, Batch)
        async with AsyncExitStack() as written:
            # A slow Postgres is no dead worker: a second try would begin beside this one. What
            # the try before told goes on to the next.
            async with heartbeats(lambda: activity.info().heartbeat_details):
                await written.enter_async_context(self._writer.written(batch))
            return await super().execute_activity(input)
