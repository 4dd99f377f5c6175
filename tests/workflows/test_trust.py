"""What agents and tickets may not do, whoever lets them work: told by whole runs."""

import zlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from composition import build_workshop
from contracts.events import OrchestrationStarted, TestRunCompleted
from contracts.issues import Ticket
from db.issues import Issues
from db.models import AgentOutput, Project
from policy.redaction import Redaction
from tests.workflows.endings import failure_of
from tests.workflows.office import KEY, TESTS, Office, ground_of, phase, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop, ran_tests

CANARY = "canary-7c1f0e9b-in-the-environment"
PATTERN = "ghp_" + "a1B2" * 9

WRITER = """
import json, pathlib, sys
path = pathlib.Path(sys.argv[1])
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text("mine: now")
print(json.dumps({"status": "completed", "summary": "written"}))
"""
BLABBER = f"""
import base64, json, sys
print("found {CANARY} and {PATTERN}")
print(base64.b64encode(b"{CANARY}").decode())
report = {{"status": "completed", "summary": "it is {CANARY}", "findings": ["{PATTERN}"]}}
print(json.dumps(report))
"""


def program(source: str, *arguments: str) -> dict[str, object]:
    return {
        "kind": "command",
        "name": "coder",
        "command": ["{python}", "-c", source, *arguments],
        "limits": {"time": "120s"},
    }


@pytest.fixture
async def guarded(closed_office: Office) -> AsyncIterator[Office]:
    office = closed_office
    ground = replace(ground_of(office.stores, office.folder), redaction=Redaction([CANARY]))
    async with worker_of(office, build_workshop(ground), ground):
        yield office


@pytest.mark.parametrize("path", [".github/workflows/ci.yml", ".slipway.yaml", ".husky/pre-push"])
async def test_an_agent_that_touches_what_is_protected_fails_and_nothing_is_pushed(
    guarded: Office, path: str
) -> None:
    guarded.playbook("ci", phase("CODE", program(WRITER, path)))
    failure = await failure_of(await guarded.start(playbook="ci"))
    assert failure.type == "ProtectedPathError"
    assert path in failure.message
    assert guarded.upstream.git("branch", "--list", "slipway/*") == ""


async def test_a_repository_lets_in_only_the_agents_it_names(guarded: Office) -> None:
    (guarded.upstream.path / ".slipway.yaml").write_text("agents: [reviewer]")
    guarded.upstream.commit(note="settings")
    guarded.playbook("strange", phase("CODE", program(WRITER, "note.txt")))
    failure = await failure_of(await guarded.start(playbook="strange"))
    assert failure.type == "RefusedAgentError"
    assert "coder" in failure.message


async def test_settings_that_cannot_be_read_say_where(guarded: Office) -> None:
    (guarded.upstream.path / ".slipway.yaml").write_text("setup: []\nsetups: [x]\n")
    guarded.upstream.commit(note="settings")
    failure = await failure_of(await guarded.start())
    assert failure.type == "InvalidRepositorySettingsError"
    assert ".slipway.yaml:2" in failure.message


async def test_no_secret_reaches_a_table(guarded: Office) -> None:
    await file(guarded, Ticket(key="KEY-7", title="Rotate it", description=f"{CANARY} {PATTERN}"))
    (guarded.folder / "blab.py").write_text(BLABBER)
    blabber = program("") | {"command": ["{python}", "{examples}/blab.py"]}
    guarded.playbook("tell", phase("CODE", blabber))
    handle = await guarded.start("KEY-7", playbook="tell")
    await handle.result()
    said = await _everything(guarded)
    assert "[redacted: known secret]" in said
    assert CANARY not in said
    assert PATTERN not in said
    history = (await handle.fetch_history()).to_json()
    assert CANARY not in history


async def test_too_little_coverage_is_red(office: Office, workshop: ScriptedWorkshop) -> None:
    workshop.script("tests", ran_tests(3))
    office.playbook("strict", phase("TEST", TESTS, coverage=90), repair_rounds=0)
    failure = await failure_of(await office.start(playbook="strict"))
    assert failure.type == "TestsStayRed"
    [run] = await office.facts(TestRunCompleted)
    assert (run.report.passed, run.report.failed) == (3, 1)
    assert run.report.failures[0].name == "coverage"


async def test_the_playbook_follows_from_the_ticket_when_nobody_names_one(office: Office) -> None:
    for name in ("standard", "hotfix"):
        office.playbook(name, phase("CODE", "coder"))
    await file(office, Ticket(key="KEY-7", title="It is down", labels=("hotfix",)))
    for key in (KEY, "KEY-7"):
        await (await office.start(key, playbook=None)).result()
    told = [(await office.ledger(key))[0].event for key in (KEY, "KEY-7")]
    starts = [event for event in told if isinstance(event, OrchestrationStarted)]
    assert [start.playbook.name for start in starts] == ["standard", "hotfix"]
    assert starts[1].playbook_reason == "label `hotfix`"


async def file(office: Office, ticket: Ticket) -> None:
    async with office.stores.sessions.begin() as session:
        project = await session.scalar(
            select(Project).where(Project.repo_url == office.upstream.url)
        )
        assert project is not None
        await Issues(session, office.slug).create(project.id, ticket, None)


async def _everything(office: Office) -> str:
    """All rows that a run writes, and what its agents printed, as one text."""
    tables = ("orchestrations", "events", "agent_executions", "agent_reports", "checkpoints")
    said = []
    async with office.stores.sessions() as session:
        for table in tables:
            rows = await session.execute(text(f"SELECT row_to_json(t)::text FROM {table} t"))
            said += [row[0] for row in rows]
        outputs = await session.scalars(select(AgentOutput.bytes))
        said += [zlib.decompress(output).decode() for output in outputs]
    return "\n".join(said)
