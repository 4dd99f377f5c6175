"""What a run does not get past, told to whoever asks or watches."""

import asyncio
import subprocess
import sys
from pathlib import Path

from cli.connected import ConnectedDesk
from clients.orchestrations import Orchestrations
from contracts.jira_work import WorkOrder
from tests.cli.person import ROOT, Person, until

LOCK = ".git/refs/heads/slipway/CALC-1.lock"


def locked(repository: Path) -> Path:
    """As a killed git leaves a branch."""
    lock = repository / LOCK
    lock.parent.mkdir()
    lock.touch()
    return lock


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
    orchestrations = Orchestrations(desk.client, desk.organization, queue)
    order = WorkOrder(organization=desk.organization, issue_key="CALC-1", requested_by="ann")
    handle = await orchestrations.start(order, "x")

    def why(*arguments: str) -> str:
        done = ann.says("why", "CALC-1", *arguments, SLIPWAY_TASK_QUEUE=queue)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said = await asyncio.to_thread(why)
    assert said.splitlines()[0] == "CALC-1 is started, and not opened yet."
    assert "No worker is running. Start one: make up, or starter.py watch CALC-1" in said
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
