"""An agent that lies and plants traps, in whole runs of a real worker that keeps agents apart."""

import sys
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError

from contracts.events import AgentCompleted, TestRunCompleted
from contracts.ledger import ChainedEvent
from db.ledger import Ledger
from tests.faults.conftest import NewSite
from tests.faults.sites import KEY, Site, is_alive, run_tests_phase, write_playbook
from tests.faults.workers import Plant

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux confines agents")

SCHEMER = Path(__file__).with_name("hostile") / "schemer.py"
CHECK = "assert open('value.txt').read() == 'right\\n', 'it is wrong'\nprint('1 passed')\n"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """What a trap would write, were it sprung by the worker."""
    return tmp_path / "trace"


def schemer(phase: str, *command: str) -> dict[str, Any]:
    agent = {"kind": "command", "name": phase.lower(), "command": list(command)}
    return {"phase": phase, "agents": [agent | {"limits": {"time": "1m"}}]}


async def schemed_at(plant: Plant, new_site: NewSite, trace: Path, *more: str) -> Site:
    await plant.start(SLIPWAY_AGENT_ISOLATION="best")
    site = await new_site(plant)
    upstream = site.upstream
    given = ("{python}", "-I", "-S", str(SCHEMER), str(trace), str(upstream.path), *more)
    specs = [schemer("CODE", *given), run_tests_phase(), schemer("FIX", *given)]
    write_playbook(plant.folder / "playbooks", site.playbook, specs)
    (upstream.path / "check.py").write_text(CHECK)
    (upstream.path / ".slipway.yaml").write_text(f"test: [{sys.executable}, -I, -S, check.py]\n")
    upstream.commit(value="right\n")
    return site


async def told(site: Site) -> list[ChainedEvent]:
    row = await site.known()
    async with site.sessions() as session:
        return await Ledger(session).chain(row.id, row.last_hash)


async def test_a_lie_about_tests_is_found_out_and_what_was_planted_has_no_effect(
    plant: Plant, new_site: NewSite, trace: Path
) -> None:
    site = await schemed_at(plant, new_site, trace)
    main = site.upstream.git("rev-parse", "main")
    outcome = await (await site.start()).result()
    await site.check_ledger()

    events = [chained.event for chained in await told(site)]
    runs = [event.report.green for event in events if isinstance(event, TestRunCompleted)]
    said = [event.summary for event in events if isinstance(event, AgentCompleted)]
    assert (outcome.status, runs) == ("COMPLETED", [False, True])
    assert said[0].startswith("all is green ")
    assert "found out: 1" in said
    assert not is_alive(int(said[0].split()[-1]))
    assert not trace.exists()
    assert site.committed() == {"CODE": 1, "FIX": 1}
    assert site.upstream.git("rev-parse", "main") == main
    assert site.upstream.git("branch", "--list", "elsewhere") == ""
    await site.left_behind_nothing_in(plant.state)


async def test_settings_that_an_agent_changes_and_hides_are_found_and_count_for_nothing(
    plant: Plant, new_site: NewSite, trace: Path
) -> None:
    site = await schemed_at(plant, new_site, trace, "settings")
    with pytest.raises(WorkflowFailureError):
        await (await site.start()).result()
    row = await site.known()
    assert row.failure is not None
    assert ".slipway.yaml" in row.failure
    assert site.upstream.git("branch", "--list", f"slipway/{KEY}") == ""
    assert site.upstream.git("branch", "--list", "elsewhere") == ""
    assert not trace.exists()
    await site.left_behind_nothing_in(plant.state)
