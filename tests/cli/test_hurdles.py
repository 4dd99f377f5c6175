"""What a run does not get past, told to whoever asks or watches."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from cli.connected import ConnectedDesk
from cli.hurdles import words_of
from clients.temporal.hurdles import Hurdle, Underway
from clients.temporal.orchestrations import OrchestrationWorkflows
from contracts.jira_work import WorkOrder
from tests.cli.person import ROOT, Person, until

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
IDLE = ("tried again as soon as a worker is there: ", "if a worker is there by then: ")
LOCK = ".git/refs/heads/slipway/CALC-1.lock"


def locked(repository: Path) -> Path:
    """As a killed git leaves a branch."""
    lock = repository / LOCK
    lock.parent.mkdir()
    lock.touch()
    return lock


@pytest.mark.parametrize(
    ("next_at", "idle", "when"),
    [
        (None, False, "right now"),
        (None, True, "as soon as a worker is there"),
        (NOW + timedelta(seconds=40), False, "in 40 s"),
        (NOW + timedelta(seconds=40), True, "in 40 s, if a worker is there by then"),
    ],
)
def test_when_it_is_tried_again_depends_on_who_is_there(
    next_at: datetime | None, idle: bool, when: str
) -> None:
    hurdle = Hurdle(what="run_agent", tries=1, failure="boom", next_at=next_at)
    run = Underway(run_id=UUID(int=1), hurdles=(hurdle,))
    (found,) = (run.idle() if idle else run).hurdles
    assert words_of(found, NOW) == f"run_agent failed once, and it is tried again {when}: boom"
    assert found.model_dump() == hurdle.model_dump()


def test_who_asks_or_watches_hears_what_is_tried_again(
    ann: Person, repository: Path, agent: str
) -> None:
    lock = locked(repository)
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent, "--start", "code")
    begun = ann.says("work", "CALC-1", *new, "--end", "code")
    assert begun.returncode == 0, begun.stderr

    reason = until(lambda: (said := ann.reads("why", "CALC-1"))["hurdles"] and said)
    assert (reason["awaited"], reason["worked"]) == (None, True)
    (hurdle,) = reason["hurdles"]
    assert hurdle["what"] == "run_agent"
    assert f"{lock} is there" in hurdle["failure"]
    said = ann.says("why", "CALC-1").stdout
    assert "CODE does not get on" in said
    assert "  run_agent failed" in said
    assert "remove it, and the work goes on" in said
    deserted = ann.says("why", "CALC-1", SLIPWAY_TASK_QUEUE="nobody-works-here").stdout
    assert "No worker is running" in deserted
    assert any(when in deserted for when in IDLE)

    command = [sys.executable, str(ROOT / "starter.py"), "watch", "CALC-1"]
    with subprocess.Popen(
        command, env=ann.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stderr is not None
        assert any("CALC-1: run_agent failed" in line for line in watching.stderr)
        lock.unlink()
        assert watching.wait(90) == 0
    over = ann.reads("why", "CALC-1")
    assert (over["status"], over["hurdles"], over["worked"]) == ("COMPLETED", [], None)


async def test_a_run_that_nobody_has_taken_up_is_started_and_not_opened(
    ann: Person, desk: ConnectedDesk
) -> None:
    queue = desk.settings.slipway_task_queue
    orchestrations = OrchestrationWorkflows(desk.client, desk.organization, queue)
    order = WorkOrder(organization=desk.organization, issue_key="CALC-1", requested_by="ann")
    handle = await orchestrations.start(order, "x")

    def why(*arguments: str) -> str:
        done = ann.says("why", "CALC-1", *arguments, SLIPWAY_TASK_QUEUE=queue)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said = await asyncio.to_thread(why)
    assert said.splitlines()[0] == "CALC-1 is started, and not opened yet."
    # With an address of Temporal given, `watch` would start none.
    assert "No worker is running. Start one: python worker.py, with the addresses" in said
    assert '"worked":false' in await asyncio.to_thread(why, "--json")
    await handle.terminate()
    gone = await asyncio.to_thread(ann.says, "why", "CALC-1")
    assert gone.returncode == 3


def test_why_does_without_temporal(ann: Person, repository: Path, agent: str) -> None:
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent)
    ann.says("work", "CALC-1", *new)
    until(lambda: ann.gate("CALC-1"))
    said = ann.says("why", "CALC-1", TEMPORAL_ADDRESS="127.0.0.1:1")
    assert said.returncode == 0, said.stderr
    assert "waits for approval plan" in said.stdout
    assert "Temporal does not answer" in said.stdout
    ann.says("cancel", "CALC-1")
