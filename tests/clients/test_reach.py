"""Agents' programs and files that another user cannot reach are named, with what to do about it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clients.agent_identity import UIDS
from clients.command_agent import CommandAgentRunner
from clients.processes import Ran
from clients.reach import hindrance, unread
from contracts.agents import Brief
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import CommandAgent
from tests.clients.confined_programs import Place
from tests.clients.stubborn_programs import no_beat

SCRIPT = 'print(\'{"status": "completed", "summary": "read"}\')'

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux confines agents")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root may change users")


@pytest.fixture
def others(tmp_path: Path) -> Place:
    return Place.of(tmp_path / "state", "other")


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder to which the way is open, unlike that to pytest's own."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "closed").mkdir()
        yield Path(folder) / "closed"


def executable(file: Path, interpreter: str) -> Path:
    file.write_text(f"#!{interpreter}\n")
    file.chmod(0o755)
    return file


async def works(place: Place, *command: str) -> Ran:
    agent = CommandAgent.model_validate({"kind": "command", "name": "a", "command": command})
    scratch, given = place.state / "runs", {"PATH": os.environ["PATH"]}
    brief = Brief(
        ticket=Ticket(key="DEMO-1", title="x"),
        phase=Phase.CODE,
        round=1,
        attempt=1,
        workspace=str(place.checkout()),
        branch="slipway/DEMO-1",
        base_commit="abc",
    )
    return await CommandAgentRunner(given, scratch, identity=place.identity).run(
        agent, brief, no_beat
    )


@needs_root
@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "why"),
    [
        (0o700, 0o644, "closed lets no other user through"),
        (0o755, 0o600, "its mode keeps other users out"),
    ],
)
async def test_a_script_that_another_user_cannot_read_is_named_with_what_to_do(
    others: Place, closed: Path, folder_mode: int, file_mode: int, why: str
) -> None:
    script = closed / "agent.py"
    script.write_text(SCRIPT)
    script.chmod(file_mode)
    closed.chmod(folder_mode)
    ran = await works(others, "{python}", str(script))
    assert ran.error_type == "AgentFailedError"
    assert ran.error_message is not None
    assert f"cannot read {script}: " in ran.error_message
    assert why in ran.error_message
    assert "SLIPWAY_AGENT_ISOLATION=none" in ran.error_message
    assert any(f"another user ({uid})" in ran.error_message for uid in UIDS)


@needs_root
async def test_a_script_that_all_may_read_is_nobodys_trouble(others: Place, closed: Path) -> None:
    (closed / "agent.py").write_text("raise SystemExit(3)")
    closed.chmod(0o755)
    ran = await works(others, "{python}", str(closed / "agent.py"), "/no/such/file")
    assert ran.error_message == "exit code 3"


@needs_root
async def test_a_program_in_a_closed_folder_is_not_there_for_agents(
    others: Place, closed: Path
) -> None:
    program = executable(closed / "agent", "/bin/sh")
    closed.chmod(0o700)
    ran = await works(others, str(program))
    assert ran.error_type == "AgentNotFoundError"
    assert ran.error_message is not None
    assert f"cannot reach {program}: {closed} lets no other user through" in ran.error_message


@needs_root
def test_a_script_whose_interpreter_is_out_of_reach_is_known_before_it_runs(
    others: Place, closed: Path
) -> None:
    interpreter = executable(closed / "python", "/bin/sh")
    closed.chmod(0o700)
    program = executable(closed.with_name("agent"), str(interpreter))
    told = hindrance(others.identity, [str(program)], None)
    assert told is not None
    assert f"Agents run as another user and cannot reach {interpreter}: " in told
    closed.chmod(0o755)
    assert hindrance(others.identity, [str(program)], None) is None
    assert hindrance(others.identity, ["no-such-program-anywhere"], None) is None
    assert hindrance(others.identity, ["{python}", "-c", "pass"], None) is None


async def test_what_is_sealed_off_is_named_too(tmp_path: Path) -> None:
    secret = tmp_path / "state" / "key"
    place = Place.of(tmp_path / "state", "own")
    secret.write_text("k")
    told = unread(place.identity, None, ["-c", str(secret)])
    assert told is None or "kept from the worker's files and cannot read" in told
    assert bool(place.identity.hidden) == (told is not None)
