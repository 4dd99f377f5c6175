"""Recorded histories still fit the workflows: runs that are under way survive a new version."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from workflows.compare_webhook import CompareWebhook
from workflows.deliver_notification import DeliverNotification
from workflows.jira_work import JiraWork
from workflows.process_webhook import ProcessWebhook
from workflows.riding import RidingInterceptor
from workflows.triage_ticket import TriageTicket

HISTORIES = Path(__file__).parent.parent / "histories"
FILES = sorted(HISTORIES.glob("*.json"))


def test_every_kind_of_ending_is_recorded() -> None:
    assert {file.stem for file in FILES} >= {
        *("happy", "repaired", "rejected", "cancelled", "broken-off", "was-reset"),
        *("continued-1", "continued-2"),
        *("webhook-processed", "webhook-ignored", "webhook-refused", "webhook-fallen-back"),
        *("webhook-compared", "triage", "notification"),
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_recorded_run_takes_the_same_way_again(file: Path) -> None:
    replayer = Replayer(
        workflows=[JiraWork, ProcessWebhook, CompareWebhook, TriageTicket, DeliverNotification],
        interceptors=[RidingInterceptor()],
        data_converter=pydantic_data_converter,
    )
    history = WorkflowHistory.from_json(file.stem, file.read_text())
    await replayer.replay_workflow(history)
