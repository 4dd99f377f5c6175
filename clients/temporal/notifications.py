"""Starts deliveries of messages, by the names, ids and contracts in contracts/."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.notifications import DELIVER_NOTIFICATION, MORE, Parcel, notification_workflow_id

PATIENCE = timedelta(seconds=10)


class NotificationWorkflows:
    def __init__(self, client: Client, task_queue: str) -> None:
        self._client, self._task_queue = client, task_queue

    async def start(self, parcel: Parcel) -> None:
        """Starts its delivery, or tells the running one to look again; harmless when all of it
        was sent. The signal comes with the start: a delivery can't end without hearing it."""
        await self._client.start_workflow(
            DELIVER_NOTIFICATION,
            parcel,
            id=notification_workflow_id(parcel.key),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal=MORE,
            start_signal_args=[parcel],
            static_summary=_summary(parcel),
            rpc_timeout=PATIENCE,
        )

    async def start_left(self, parcel: Parcel) -> bool:
        """Starts its delivery only where none runs, and leaves a running one in peace: it may wait
        for hours. Whether it was started."""
        try:
            await self._client.start_workflow(
                DELIVER_NOTIFICATION,
                parcel,
                id=notification_workflow_id(parcel.key),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=_summary(parcel),
                rpc_timeout=PATIENCE,
            )
        except WorkflowAlreadyStartedError:
            return False
        return True


def _summary(parcel: Parcel) -> str:
    return "a batch of messages" if parcel.batch else "a message"
