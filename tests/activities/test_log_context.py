"""What a real worker's log lines say of the activity and the workflow they come from."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError

from activities.interceptor import ErrorInterceptor
from activities.log_context import LogContextInterceptor, issue_of
from contracts.agents import AgentStatus
from errors import NothingToResumeError, OwnFaultError, RetryLaterError
from logs import set_up_logs
from tests.activities.trial_worker import SECRET_TEXT, Agent, agent_run, result, trial_worker


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    set_up_logs("INFO", lambda text: text, stream)
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    activity.logger.activity_info_on_message = True
    workflow.logger.workflow_info_on_message = True


@pytest.fixture
def benign_too(stream: io.StringIO) -> Iterator[None]:
    """The SDK says at DEBUG what is benign."""
    logger = logging.getLogger("temporalio.activity")
    logger.setLevel("DEBUG")
    yield
    logger.setLevel(logging.NOTSET)


def lines(stream: io.StringIO, words: str) -> list[dict[str, Any]]:
    found = (json.loads(line) for line in stream.getvalue().splitlines())
    return [line for line in found if words in line["event"]]


async def test_lines_of_an_activity_and_its_workflow_say_whose_they_are(
    temporal: Client, stream: io.StringIO
) -> None:
    run, workflow_id = agent_run(), f"jira-work:org-{uuid4().hex}:PROJ-1"
    agent = Agent(result(AgentStatus.COMPLETED))
    async with trial_worker(temporal, [agent.run_agent], [LogContextInterceptor()]) as worker:
        await worker.works(workflow_id, run)
    (begins,), (works,) = lines(stream, "begins"), lines(stream, "works on <Ticket>")
    for line in (begins, works):
        assert line["organization"] == workflow_id.split(":")[1]
        assert (line["issue"], line["workflow"]) == ("PROJ-1", workflow_id)
        assert (line["attempt"], line["run"]) == (1, begins["run"])
    assert works["orchestration"] == str(run.workplace.orchestration_id)
    assert works["activity"] == "run_agent"
    assert SECRET_TEXT not in stream.getvalue()


async def test_the_sdks_line_on_a_failed_activity_says_whose_it_is(
    temporal: Client, stream: io.StringIO
) -> None:
    run, workflow_id = agent_run(), f"jira-work:org-{uuid4().hex}:PROJ-1"
    agent = Agent(RuntimeError("no such thing"))
    async with trial_worker(temporal, [agent.run_agent], [LogContextInterceptor()]) as worker:
        with pytest.raises(WorkflowFailureError):
            await worker.works(workflow_id, run)
    (failed,) = lines(stream, "Completing activity as failed")
    assert (failed["issue"], failed["activity"]) == ("PROJ-1", "run_agent")
    assert failed["orchestration"] == str(run.workplace.orchestration_id)
    assert failed["exception"].startswith("RuntimeError: no such thing\n")


async def failure_line(temporal: Client, stream: io.StringIO, error: Exception) -> dict[str, Any]:
    agent, workflow_id = Agent(error), f"jira-work:org-{uuid4().hex}:PROJ-1"
    interceptors = [LogContextInterceptor(), ErrorInterceptor()]
    async with trial_worker(temporal, [agent.run_agent], interceptors) as worker:
        with pytest.raises(WorkflowFailureError):
            await worker.works(workflow_id, agent_run())
    (failed,) = lines(stream, "Completing activity as failed")
    return failed


async def test_an_activitys_refusal_is_a_line_without_the_places_of_the_code(
    temporal: Client, stream: io.StringIO
) -> None:
    failed = await failure_line(temporal, stream, NothingToResumeError("no checkpoint yet"))
    assert failed["event"] == "Completing activity as failed: no checkpoint yet"
    assert (failed["error"], failed["level"]) == ("NothingToResumeError", "warning")
    assert failed["issue"] == "PROJ-1"
    assert "exception" not in failed


async def test_a_wish_to_be_asked_later_is_a_line_without_the_places_of_the_code(
    temporal: Client, stream: io.StringIO, benign_too: None
) -> None:
    later = RetryLaterError("too busy", timedelta(seconds=1))
    failed = await failure_line(temporal, stream, later)
    assert failed["event"] == "Completing activity as failed: too busy"
    assert "exception" not in failed


async def test_a_fault_of_our_own_says_where_it_comes_from(
    temporal: Client, stream: io.StringIO
) -> None:
    failed = await failure_line(temporal, stream, OwnFaultError("lost its place"))
    assert "OwnFaultError: lost its place\n" in failed["exception"]
    assert "activities/interceptor.py:" in failed["exception"]


@pytest.mark.parametrize(
    ("workflow_id", "issue"),
    [
        ("jira-work:acme:PROJ-1", {"organization": "acme", "issue": "PROJ-1"}),
        ("jira-work:acme:emea:PROJ-1", {"organization": "acme:emea", "issue": "PROJ-1"}),
        ("webhook:acme:12ab", {}),
        ("jira-work", {}),
        (None, {}),
    ],
)
def test_the_issue_is_read_from_the_workflows_id(
    workflow_id: str | None, issue: dict[str, str]
) -> None:
    assert issue_of(workflow_id) == issue
