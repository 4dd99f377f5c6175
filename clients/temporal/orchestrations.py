"""Starts, hears and tells orchestrations, by the names, ids and messages in contracts/."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel
from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from clients.temporal.connection import UnknownNamespaceError, lacks_namespace
from clients.temporal.hurdles import Underway, underway
from clients.temporal.web_ui import details, summary
from contracts.issues import project_of
from contracts.jira_work import (
    JIRA_WORK,
    Cancellation,
    WorkOrder,
    WorkOutcome,
    workflow_id,
)
from contracts.search_attributes import ISSUE, PROJECT, STATUS
from contracts.stories import WorkState
from errors import AbsentError, PermanentError, RetryLaterError

T = TypeVar("T")
PATIENCE = timedelta(seconds=10)
NO_REASON = Cancellation()
ANSWERED_WITHIN = timedelta(seconds=60)
COME_AGAIN = (
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.ABORTED,
)
PAUSE = timedelta(milliseconds=50)


class Fate(StrEnum):
    """UNKNOWN: Temporal has forgotten it, which it does in time, or never heard of it."""

    RUNNING = "running"
    ENDED = "ended"
    UNKNOWN = "unknown"


class NotRunningError(AbsentError):
    """No run of this ticket is there to be told anything."""


def not_running(issue_key: str) -> NotRunningError:
    return NotRunningError(f"{issue_key} is not being worked, so nobody hears this")


class UnansweredError(RetryLaterError):
    """Nobody answered in time; the message may be heard yet."""


class RefusedError(PermanentError):
    """The run heard the message and said no. `refusal` is the reason's name."""

    def __init__(self, refusal: str, why: str) -> None:
        super().__init__(why)
        self.refusal = refusal


class OrchestrationWorkflows:
    """One organization's orchestrations, over Temporal."""

    def __init__(self, client: Client, organization: str, task_queue: str) -> None:
        self._client, self._organization, self._task_queue = client, organization, task_queue

    async def start(self, order: WorkOrder, title: str) -> WorkflowHandle[Any, WorkOutcome]:
        """Starts it, or finds it running: asking twice is harmless."""
        return await self._client.start_workflow(
            JIRA_WORK,
            order,
            id=workflow_id(self._organization, order.issue_key),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=_indexed(order),
            static_summary=summary(order, title),
            static_details=details(order),
            result_type=WorkOutcome,
            rpc_timeout=PATIENCE,
        )

    def handle(self, issue_key: str) -> WorkflowHandle[Any, WorkOutcome]:
        return self._client.get_workflow_handle(
            workflow_id(self._organization, issue_key), result_type=WorkOutcome
        )

    async def running(self, issue_key: str) -> bool:
        """Raises UnknownNamespaceError."""
        return await self.running_run(issue_key) is not None

    async def running_run(self, issue_key: str) -> UUID | None:
        """Its run id; None when nothing runs. Raises UnknownNamespaceError."""
        described = await self._described(issue_key)
        return UUID(described.run_id) if described and _runs(described) else None

    async def underway(self, issue_key: str) -> Underway | None:
        """None when nothing runs. Raises UnknownNamespaceError."""
        described = await self._described(issue_key)
        return underway(described) if described and _runs(described) else None

    async def state(self, issue_key: str, patience: timedelta = PATIENCE) -> WorkState:
        """As the run itself tells it, which takes a worker. Raises NotRunningError, and
        UnansweredError when no answer came in time."""
        asked = self.handle(issue_key).query("state", result_type=WorkState, rpc_timeout=patience)
        try:
            return await _told(asked, issue_key)
        except (RPCError, WorkflowQueryFailedError) as error:
            raise UnansweredError(f"{issue_key} does not say how it stands", delay=PAUSE) from error

    async def fate(self, issue_key: str, run: UUID) -> Fate:
        """Of this run; RUNNING, too, where another one goes on. Another Temporal may know others
        of the same ticket: they say nothing. Raises UnknownNamespaceError."""
        if await self.running(issue_key):
            return Fate.RUNNING
        own = await self._described(issue_key, run)
        if own is None:
            return Fate.UNKNOWN
        return Fate.RUNNING if _runs(own) else Fate.ENDED

    async def _described(
        self, issue_key: str, run: UUID | None = None
    ) -> WorkflowExecutionDescription | None:
        """The newest run, or this one."""
        id, run_id = workflow_id(self._organization, issue_key), str(run) if run else None
        try:
            handle = self._client.get_workflow_handle(id, run_id=run_id)
            return await handle.describe(rpc_timeout=PATIENCE)
        except RPCError as error:
            if _is_absent(error):
                return None
            raise

    async def update(
        self, issue_key: str, name: str, message: BaseModel, once: str | None = None
    ) -> Any:
        """The update's answer. A sender who retries gives the same `once`, and is heard once.
        Raises RefusedError, NotRunningError, and UnansweredError when no answer came in time."""
        handle, id = self.handle(issue_key), once or str(uuid4())
        try:
            return await _insisted(
                lambda: _told(
                    handle.execute_update(name, message, id=id, rpc_timeout=ANSWERED_WITHIN),
                    issue_key,
                )
            )
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise UnansweredError(
                f"{issue_key} did not answer within {ANSWERED_WITHIN.total_seconds():.0f} s. It "
                f"may still hear this: look first (starter.py status {issue_key}), then repeat.",
                delay=timedelta(seconds=5),
            ) from error
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            if isinstance(cause, ApplicationError):
                raise RefusedError(cause.type or "REFUSED", cause.message) from error
            raise RefusedError("REFUSED", str(cause)) from error

    async def signal(self, issue_key: str, name: str, message: BaseModel) -> None:
        await _told(self.handle(issue_key).signal(name, message, rpc_timeout=PATIENCE), issue_key)

    async def cancel(self, issue_key: str, why: Cancellation = NO_REASON) -> None:
        cancelled = self.handle(issue_key).cancel(
            reason=why.model_dump_json(), rpc_timeout=PATIENCE
        )
        await _told(cancelled, issue_key)


async def _insisted(tell: Callable[[], Awaitable[T]]) -> T:
    """The server takes ten updates of a run at once, and drops those that wait when the run moves
    in its memory. What may be said twice is said again, for as long as our patience."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + PATIENCE.total_seconds()
    while True:
        try:
            return await tell()
        except RPCError as error:
            if error.status not in COME_AGAIN or loop.time() >= ends:
                raise
        await asyncio.sleep(PAUSE.total_seconds())


async def _told(call: Awaitable[T], issue_key: str) -> T:
    try:
        return await call
    except RPCError as error:
        if _is_absent(error):
            raise not_running(issue_key) from error
        raise


def _runs(described: WorkflowExecutionDescription) -> bool:
    return described.status is WorkflowExecutionStatus.RUNNING


def _is_absent(error: RPCError) -> bool:
    """Whether there is no such run. Of a missing namespace servers say NOT_FOUND, too: then this
    raises UnknownNamespaceError."""
    if error.status is not RPCStatusCode.NOT_FOUND:
        return False
    if lacks_namespace(error):
        raise UnknownNamespaceError(
            f"Temporal says: {error.message} Is TEMPORAL_NAMESPACE right?"
        ) from error
    return True


def _indexed(order: WorkOrder) -> TypedSearchAttributes:
    values = {
        ISSUE: order.issue_key,
        PROJECT: project_of(order.issue_key),
        STATUS: "DRY RUN" if order.options.dry_run else "ACTIVE",
    }
    keys = {name: SearchAttributeKey.for_keyword(name) for name in values}
    return TypedSearchAttributes([SearchAttributePair(keys[name], v) for name, v in values.items()])
