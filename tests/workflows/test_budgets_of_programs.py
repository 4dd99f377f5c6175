"""Programs that say what they use while they work are stopped at the end of it."""

import os
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from composition import build_workshop
from contracts.budgets import Caps, RaiseBudget
from contracts.events import AgentCompleted, AgentFailed, BudgetExceeded
from db.budgets import DayBudgets
from db.verification import verify_ledger
from tests.workflows.office import MANAGER, Office, ground_of, phase, until, worker_of

# Says that it has used more with each line, and stays at work unless it may use 300 tokens.
AGENT = """
import json, pathlib, sys, time

brief = json.load(sys.stdin)
pathlib.Path("{pids}").joinpath(str(__import__("os").getpid())).touch()
for used in (100, 200):
    print(json.dumps({"progress": {"tokens_in": used, "cost": "0.01"}}), flush=True)
if not pathlib.Path("{enough}").exists():
    time.sleep(600)
pathlib.Path("answer.txt").write_text("42")
print(json.dumps({"status": "completed", "summary": "done", "usage": {"tokens_in": 250}}))
"""


@pytest.fixture
async def office(closed_office: Office) -> AsyncIterator[Office]:
    office = closed_office
    pids = office.folder / "pids"
    pids.mkdir()
    code = AGENT.replace("{pids}", str(pids)).replace("{enough}", str(enough(office)))
    (office.folder / "agent.py").write_text(code)
    agent = {
        "kind": "command",
        "name": "coder",
        "command": ["{python}", "{examples}/agent.py"],
        "limits": {"time": "120s"},
    }
    office.playbook("one", phase("CODE", agent), budget={"agent": {"tokens": 150}})
    office.playbook("free", phase("CODE", agent))
    async with worker_of(office, build_workshop(ground_of(office.stores, office.folder))):
        yield office


def enough(office: Office) -> Path:
    return office.folder / "enough"


def alive(office: Office) -> list[int]:
    pids = [int(path.name) for path in (office.folder / "pids").iterdir()]
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()] if os.name == "posix" else []


async def test_a_program_past_its_cap_is_stopped_and_works_again_after_a_raise(
    office: Office,
) -> None:
    handle = await office.start(playbook="one")
    assert await office.awaited() == "more tokens"
    assert alive(office) == []
    [failed] = await office.facts(AgentFailed)
    assert (failed.error_type, failed.usage.tokens_in) == ("AgentOverBudgetError", 200)
    assert failed.error_message == "200 of 150 tokens of this run of the agent are used"
    enough(office).touch()
    await office.tell("raise_budget", RaiseBudget(by=MANAGER, comment="needed", tokens=100))
    outcome = await handle.result()
    assert office.upstream.git("show", f"{outcome.branch}:answer.txt") == "42"
    [completed] = await office.facts(AgentCompleted)
    assert (completed.usage.tokens_in, completed.usage.cost) == (250, Decimal("0.01"))
    row = await office.row()
    assert row is not None
    assert (row.tokens, row.cost) == (450, Decimal("0.02"))
    assert await verify_ledger(office.stores.sessions) is None


async def test_what_the_organization_used_today_stops_the_next_ticket(office: Office) -> None:
    enough(office).touch()
    # A cap already: the first one may take some seconds to be noticed.
    async with office.stores.sessions.begin() as session:
        await DayBudgets(session).set_caps(office.slug, Caps(tokens=10_000))
    await (await office.start(playbook="free")).result()
    async with office.stores.sessions.begin() as session:
        await DayBudgets(session).set_caps(office.slug, Caps(tokens=250))
    handle = await office.start(playbook="free", again=True)

    async def waits() -> bool:
        return "BudgetExceeded" in await office.told()

    await until(waits)
    [exceeded] = await office.facts(BudgetExceeded)
    assert exceeded.reason == "250 of 250 tokens of the organization's day are used"
    assert [path.name for path in (office.folder / "pids").iterdir()].__len__() == 1
    raised = RaiseBudget(by=MANAGER, comment="the release is near", tokens=300)
    await office.tell("raise_budget", raised)
    await handle.result()
    assert await verify_ledger(office.stores.sessions) is None
