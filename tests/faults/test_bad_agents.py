"""Agents that behave badly, through the whole product: a clear failure, and nothing left over."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError

from tests.faults.conftest import NewSite
from tests.faults.sites import KEY, Handle, Site
from tests.faults.workers import Plant

FLOOD = "import sys; [sys.stdout.write('x' * 10**6) for _ in range(100)]"
BROKEN = 'print(\'{"status": "completed", "summary": \')'
NOT_UTF8 = r"import sys; sys.stdout.buffer.write(b'\xff\xfe\x00 \xc3\x28')"
CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', {0!r}]); {0}"
HANG = CHILD.format("import time; time.sleep(600)")


@dataclass(frozen=True)
class Bad:
    """`reason` is what the failure has to say."""

    command: tuple[str, ...]
    reason: str
    time: str = "2m"

    def phase(self) -> dict[str, Any]:
        agent = {
            "kind": "command",
            "name": "scoundrel",
            "command": list(self.command),
            "limits": {"time": self.time, "output": 100_000},
        }
        return {"phase": "CODE", "agents": [agent]}


def python(program: str, reason: str, time: str = "2m") -> Bad:
    return Bad((sys.executable, "-I", "-S", "-c", program), reason, time)


BAD = {
    "not on the PATH": Bad(("no-such-agent-anywhere",), "no program 'no-such-agent-anywhere'"),
    "exits with 3": python("import sys; sys.exit('out of tokens' and 3)", "exit code 3"),
    "hangs": python(HANG, "did not end within 0:00:02", "2s"),
    "prints 100 MB": python(FLOOD, "the report is not JSON"),
    "invalid JSON": python(BROKEN, "the report is not JSON"),
    "invalid UTF-8": python(NOT_UTF8, "the report is not JSON"),
    "says nothing": python("pass", "the agent ended without a report"),
}


async def failure_of(site: Site, work: Handle) -> str:
    """What the row says of a failed run."""
    with pytest.raises(WorkflowFailureError):
        await work.result()
    row = await site.known()
    await site.check_ledger()
    assert row.status == "FAILED"
    return row.failure or ""


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_a_bad_agent_fails_the_run_with_a_reason_and_leaves_nothing(
    shared_plant: Plant, new_site: NewSite, bad: Bad
) -> None:
    site = await new_site(shared_plant, playbook=[bad.phase()])
    failure = await failure_of(site, await site.start())
    assert bad.reason in failure
    assert "scoundrel failed in CODE" in failure
    assert site.upstream.git("branch", "--list", "slipway/*") == ""
    await site.left_behind_nothing_in(shared_plant.state)


async def test_commits_of_somebody_else_on_the_branch_fail_the_run_and_stay(
    shared_plant: Plant, new_site: NewSite
) -> None:
    site = await new_site(shared_plant)
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    foreign = site.upstream.commit(mine="I was quicker.\n")
    site.upstream.git("branch", f"slipway/{KEY}", foreign)
    site.desk.release("CODE")

    failure = await failure_of(site, work)
    assert "ForeignCommits" in failure
    assert foreign[:10] in failure
    assert site.upstream.git("rev-parse", f"slipway/{KEY}") == foreign
    await site.left_behind_nothing_in(shared_plant.state)


async def test_hooks_that_an_agent_plants_never_run(shared_plant: Plant, new_site: NewSite) -> None:
    site = await new_site(shared_plant, "CODE", "TEST", "DOCUMENT")
    site.desk.say("hooks")
    work = await site.start()
    await work.result()
    await site.check_ledger()
    assert site.committed() == {"CODE": 1, "DOCUMENT": 1}
    assert not Path(site.desk.path, "hook-ran").exists()
    await site.left_behind_nothing_in(shared_plant.state)
