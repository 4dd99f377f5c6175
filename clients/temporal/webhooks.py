"""Starts the workflow of a webhook's delivery, by the names, ids and contracts in contracts/."""

from contextlib import suppress
from datetime import timedelta
from enum import Enum, auto

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from contracts.webhooks import COMPARE_WEBHOOK, PROCESS_WEBHOOK, Repetition, WebhookWork

PATIENCE = timedelta(seconds=5)


class Begun(Enum):
    """Whether the run began by this call, or was there before (and may be over)."""

    NOW = auto()
    BEFORE = auto()


class WebhookWorkflows:
    def __init__(self, client: Client, task_queue: str) -> None:
        self._client, self._task_queue = client, task_queue

    async def start(self, workflow_id: str, work: WebhookWork) -> Begun:
        """Harmless when repeated: a delivery has one run, whoever starts it and however often."""
        return await self._start(PROCESS_WEBHOOK, workflow_id, work, "a webhook")

    async def compare(self, again: Repetition) -> Begun:
        """Has it found out whether the body is another one, once Postgres is back. Repeatable."""
        summary = "a webhook that came again"
        return await self._start(COMPARE_WEBHOOK, again.workflow_id, again, summary)

    async def _start(
        self, kind: str, workflow_id: str, given: WebhookWork | Repetition, summary: str
    ) -> Begun:
        try:
            await self._client.start_workflow(
                kind,
                given,
                id=workflow_id,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                static_summary=summary,
                rpc_timeout=PATIENCE,
            )
        except WorkflowAlreadyStartedError:
            return Begun.BEFORE
        return Begun.NOW

    async def over(self, workflow_id: str) -> None:
        """Comes back when its run has ended, however that was; raises RPCError where none is."""
        handle = self._client.get_workflow_handle(workflow_id)
        with suppress(WorkflowFailureError):
            await handle.result()

    async def running(self, workflow_id: str) -> bool:
        try:
            described = await self._client.get_workflow_handle(workflow_id).describe(
                rpc_timeout=PATIENCE
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return described.status is WorkflowExecutionStatus.RUNNING
