"""Lets a workflow's unconfirmed events ride in the header of its next regular activity."""

from typing import Any, Protocol, runtime_checkable

from temporalio import workflow
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

with workflow.unsafe.imports_passed_through():
    from contracts.ledger import JOURNAL_HEADER, Batch
    from workflows.journal import Journal


@runtime_checkable
class Journaled(Protocol):
    """A workflow that keeps a journal."""

    journal: Journal


class RidingInterceptor(Interceptor):
    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        instance = workflow.instance()
        batch = instance.journal.batch() if isinstance(instance, Journaled) else None
        if batch is None:
            return super().start_activity(input)
        payload = workflow.payload_converter().to_payload(batch)
        input.headers = {**input.headers, JOURNAL_HEADER: payload}
        handle = super().start_activity(input)
        _confirm_when_done(handle, instance.journal, batch)
        return handle


def _confirm_when_done(
    handle: workflow.ActivityHandle[Any], journal: Journal, batch: Batch
) -> None:
    """Only a completion proves the write: a failure may have come before or after it."""

    def done(task: Any) -> None:
        if not task.cancelled() and task.exception() is None:
            journal.confirm(batch)

    handle.add_done_callback(done)
