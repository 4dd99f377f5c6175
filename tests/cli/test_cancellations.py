"""`cancel` with who and why, and Ctrl-C, which ends the looking alone."""

import json
from pathlib import Path
from typing import Any

from temporalio.client import Client

from clients.temporal.orchestrations import OrchestrationWorkflows
from tests.cli.person import Person, rows_of, until


def begun(ann: Person, repository: Path, agent: str) -> None:
    """Worked up to its gate."""
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent)
    done = ann.says("work", "CALC-1", *new)
    assert done.returncode == 0, done.stderr
    until(lambda: ann.gate("CALC-1"))


def last(ann: Person) -> dict[str, Any]:
    until(lambda: ann.reads("status", "CALC-1")["status"] == "CANCELLED")
    lines = ann.says("history", "CALC-1", "--json").stdout.splitlines()
    return dict(json.loads(lines[-1]))


def test_the_history_says_who_cancelled_and_why(ann: Person, repository: Path, agent: str) -> None:
    begun(ann, repository, agent)
    why = 'not "needed" any more' + " really" * 1_000
    said = ann.says("cancel", "CALC-1", "--comment", why, "--as", "bo@example.org")
    assert said.returncode == 0, said.stderr
    event = last(ann)
    assert (event["event"]["type"], event["event"]["reason"]) == ("OrchestrationCancelled", why)
    assert event["actor"] == {"type": "person", "id": "bo@example.org", "email": "bo@example.org"}
    told = ann.says("history", "CALC-1").stdout
    assert 'cancelled: not "needed" any more really' in told


async def test_what_the_web_ui_says_is_the_reason_of_nobody_known(
    ann: Person, repository: Path, agent: str, temporal: Client
) -> None:
    begun(ann, repository, agent)
    slug = ann.environment["SLIPWAY_ORGANIZATION"]
    queue = ann.environment["SLIPWAY_TASK_QUEUE"]
    handle = OrchestrationWorkflows(temporal, slug, queue).handle("CALC-1")
    await handle.cancel(reason="Cancelled from the Web UI")
    event = last(ann)
    assert event["event"]["reason"] == "Cancelled from the Web UI"
    assert event["actor"] == {"type": "system", "id": "slipway", "email": None}


def test_whoever_stops_watching_is_told_how_to_go_on(
    ann: Person, repository: Path, agent: str
) -> None:
    begun(ann, repository, agent)
    code, shown = ann.types("watch", "CALC-1", answer="\x03", to="waits for approval plan")
    assert code == 130
    left = "No longer watching. The work goes on where a worker runs; see it again: "
    assert f"{left}starter.py watch CALC-1" in rows_of(shown)
    assert not any("waits for approval" in row for row in rows_of(shown))
    assert ann.reads("status", "CALC-1")["status"] == "ACTIVE"


def test_a_terminal_that_only_takes_lines_gets_lines(
    ann: Person, repository: Path, agent: str
) -> None:
    begun(ann, repository, agent)
    plain = Person({**ann.environment, "TERM": "dumb"})
    code, shown = plain.types("watch", "CALC-1", answer="\x03", to="waits for the decision of")
    assert code == 130
    assert "PLAN      begins" in shown
    assert "\x1b" not in shown
