"""Programs at work in real checkouts of a real repository, told by nobody but the workflow."""

import sys
from collections.abc import AsyncIterator

import pytest

from clients.temporal.hurdles import Hurdle, underway
from composition import build_workshop
from contracts.agents import Answer
from contracts.events import TestRunCompleted
from db.verification import verify_ledger
from tests.workflows.endings import failure_of
from tests.workflows.office import KEY, MANAGER, TESTS, Office, ground_of, phase, until, worker_of

# Codes wrongly at first and mends it when told of red tests; asks before it writes documents.
AGENT = """
import json, pathlib, sys

brief = json.load(sys.stdin)
report = {"status": "completed", "summary": f"{brief['phase'].lower()} is done"}
if brief["phase"] == "CODE":
    pathlib.Path("answer.txt").write_text("41")
if brief["phase"] == "FIX":
    assert brief["last_tests"]["exit_code"] == 1
    pathlib.Path("answer.txt").write_text("42")
if brief["phase"] == "DOCUMENT":
    if not brief["answers"]:
        report = {"status": "blocked", "summary": "unsure", "question": "In which language?"}
    else:
        pathlib.Path("docs.txt").write_text(brief["answers"][0]["answer"])
print("working on it")
print(json.dumps(report))
"""
CHECK = """
import pathlib, sys
sys.exit(pathlib.Path("answer.txt").read_text() != "42")
"""


def command(name: str) -> dict[str, object]:
    program = ["{python}", "{examples}/agent.py"]
    return {"kind": "command", "name": name, "command": program, "limits": {"time": "120s"}}


@pytest.fixture
async def office(closed_office: Office) -> AsyncIterator[Office]:
    office = closed_office
    (office.folder / "agent.py").write_text(AGENT)
    (office.upstream.path / "check.py").write_text(CHECK)
    (office.upstream.path / ".slipway.yaml").write_text(f"test: [{sys.executable}, check.py]")
    office.upstream.commit(answer="0")
    office.playbook(
        "real",
        phase("CODE", command("coder")),
        phase("TEST", TESTS),
        phase("FIX", command("fixer")),
        phase("DOCUMENT", command("writer")),
    )
    async with worker_of(office, build_workshop(ground_of(office.stores, office.folder))):
        yield office


async def test_programs_code_test_fix_and_document_on_a_branch(office: Office) -> None:
    main = office.upstream.git("rev-parse", "main")
    handle = await office.start(playbook="real")
    assert await office.awaited() == "answer to writer"
    question = await office.tell("answer", Answer(text="English", by=MANAGER))
    assert question == "In which language?"
    outcome = await handle.result()
    upstream, branch = office.upstream, f"slipway/{KEY}"
    assert upstream.git("rev-parse", branch) == outcome.commit
    assert upstream.git("show", f"{branch}:answer.txt") == "42"
    assert upstream.git("show", f"{branch}:docs.txt") == "English"
    subjects = upstream.git("log", "--reverse", "--format=%s", f"main..{branch}").splitlines()
    assert subjects == [f"{KEY}: {name} is done" for name in ("code", "fix", "document")]
    assert upstream.git("rev-parse", "main") == main
    greens = [one.report.green for one in await office.facts(TestRunCompleted)]
    assert greens == [False, True]
    assert await verify_ledger(office.stores.sessions) is None


async def test_whoever_looks_at_the_branch_holds_the_work_up_until_they_switch_back(
    office: Office,
) -> None:
    handle = await office.start(playbook="real")
    await office.awaited()
    office.upstream.git("switch", "--quiet", f"slipway/{KEY}")

    async def refused() -> list[Hurdle]:
        return [*underway(await handle.describe()).hurdles]

    await office.tell("answer", Answer(text="English", by=MANAGER))
    (hurdle,) = await until(refused)
    assert "is checked out in" in hurdle.failure
    assert "goes on by itself" in hurdle.failure
    assert not (office.upstream.path / "docs.txt").exists()
    office.upstream.git("switch", "--quiet", "main")
    outcome = await handle.result()
    assert office.upstream.git("rev-parse", f"slipway/{KEY}") == outcome.commit


async def test_each_commit_leads_back_to_its_orchestration(office: Office) -> None:
    handle = await office.start(playbook="real", end="CODE")
    outcome = await handle.result()
    message = office.upstream.git("log", "-1", "--format=%B", f"slipway/{KEY}")
    assert f"Orchestration: {outcome.orchestration_id}" in message
    assert "Step: CODE/1/coder" in message


async def test_a_program_that_reports_nothing_fails_the_work(office: Office) -> None:
    silent = command("coder") | {"command": ["{python}", "-c", "raise SystemExit(3)"]}
    office.playbook("silent", phase("CODE", silent))
    failure = await failure_of(await office.start(playbook="silent"))
    assert failure.message.startswith("coder failed in CODE: ")
    assert office.upstream.git("branch", "--list", "slipway/*") == ""
