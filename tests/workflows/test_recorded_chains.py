"""A run that began under an earlier version goes on with the very chain that is in the ledger."""

import json
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import (
    Interceptor,
    Replayer,
    StartActivityInput,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from contracts.ledger import JOURNAL_HEADER
from workflows.jira_work import JiraWork
from workflows.riding import RidingInterceptor

HISTORIES = Path(__file__).parent.parent / "histories"
FILES = [
    file for file in sorted(HISTORIES.glob("*.json")) if f'"{JOURNAL_HEADER}"' in file.read_text()
]


def hashes(payload: Payload) -> list[str]:
    return [event["hash"] for event in json.loads(payload.data)["events"]]


class Witness(Interceptor):
    """Writes down which events ride with each activity."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        seen = self.seen

        class Outbound(WorkflowOutboundInterceptor):
            def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
                if (payload := input.headers.get(JOURNAL_HEADER)) is not None:
                    seen.append(hashes(payload))
                return super().start_activity(input)

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(Outbound(outbound))

        return Inbound


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_events_that_a_new_version_makes_again_keep_their_hashes(file: Path) -> None:
    """Another hash would be a chain that the ledger does not hold, and the end of the run. What
    is new in an event, or in anything inside one, is left out of what is written as long as
    nobody has said it: see `exclude_if` in contracts/."""
    witness, recorded = Witness(), json.loads(file.read_text())
    started = recorded["events"][0]["workflowExecutionStartedEventAttributes"]
    # Event ids are made of the workflow's.
    history = WorkflowHistory.from_json(started["workflowId"], recorded)
    replayer = Replayer(
        workflows=[JiraWork],
        # Within a sandbox there would be no way out for what is seen. This way round, the witness
        # is asked after the riding.
        interceptors=[witness, RidingInterceptor()],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
    )
    await replayer.replay_workflow(history)
    scheduled = [event.activity_task_scheduled_event_attributes for event in history.events]
    headers = [attributes.header.fields for attributes in scheduled]
    rode = [hashes(fields[JOURNAL_HEADER]) for fields in headers if JOURNAL_HEADER in fields]
    assert rode
    assert witness.seen[: len(rode)] == rode
