"""Starts TriageTicket, by the names, ids and contracts in contracts/."""

from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from contracts.triage import (
    TRIAGE_TICKET,
    SupportTicket,
    TicketRef,
    TriageOutcome,
    triage_workflow_id,
)
from errors import AbsentError
from policy.markdown import escaped

PATIENCE = timedelta(seconds=10)
SHOWN = 300


class ForgottenTicketError(AbsentError):
    """Temporal has forgotten the ticket's text, and nobody else ever kept it."""


class TriageWorkflows:
    def __init__(self, client: Client, task_queue: str) -> None:
        self._client, self._task_queue = client, task_queue

    async def start(self, ticket: SupportTicket) -> WorkflowHandle[Any, TriageOutcome]:
        """Starts it, or finds it running. Harmless when the ticket was triaged before: the new
        run finds that out, and ends."""
        return await self._client.start_workflow(
            TRIAGE_TICKET,
            ticket,
            id=triage_workflow_id(ticket),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            # The Web UI shows it as Markdown (summaries of activities and timers it does not).
            static_summary=f"ticket {escaped(ticket.shown, SHOWN)}",
            result_type=TriageOutcome,
            rpc_timeout=PATIENCE,
        )

    async def ticket_of(self, ref: TicketRef) -> SupportTicket:
        """As its last run was given it. Raises ForgottenTicketError."""
        handle = self._client.get_workflow_handle(triage_workflow_id(ref))
        try:
            async for event in handle.fetch_history_events(page_size=1, rpc_timeout=PATIENCE):
                given = event.workflow_execution_started_event_attributes.input.payloads
                decoded = await self._client.data_converter.decode(given, [SupportTicket])
                assert isinstance(decoded[0], SupportTicket)
                return decoded[0]
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        raise ForgottenTicketError(
            f"Temporal no longer has the text of {ref.shown}: let its source send it again."
        )
