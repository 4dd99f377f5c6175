"""As whom agents run, and what is said of it."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from clients.agent_identity import UIDS, UNCONFINED, agent_identity, lock_of
from clients.command_agent import CommandAgentRunner
from clients.process_families import NOBODY, Family
from clients.processes import ProgramNotFoundError, run_bounded
from clients.run_folders import run_folder, sweep
from contracts.playbooks import CommandAgent
from tests.clients.agent_desk import Desk
from tests.clients.confined_programs import KINDS, Place
from tests.clients.stubborn_programs import FAMILY, lives, no_beat, pids, program, until

ROOT = Path(__file__).parents[2]
WHO = "import os; print(os.getuid(), os.geteuid(), os.getgid(), os.getgroups())"
PRIVILEGES = "print([line for line in open('/proc/self/status') if line.startswith('NoNewPrivs')])"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux confines agents")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root may change users")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place.of(tmp_path / "state", request.param)


@pytest.fixture
def others(tmp_path: Path) -> Place:
    return Place.of(tmp_path / "state", "other")


@needs_root
async def test_root_gives_its_agents_a_user_without_groups(others: Place) -> None:
    uid, effective, gid, *groups = (await others.says(WHO)).split(maxsplit=3)
    assert int(uid) in UIDS
    assert uid == effective == gid
    assert groups == ["[]"]
    assert others.identity.announcement == "agents run as users of their own, 60706 to 61183"


async def test_nobody_gains_privileges(place: Place) -> None:
    assert await place.says(PRIVILEGES) == r"['NoNewPrivs:\t1\n']"


async def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    announcement = agent_identity(tmp_path, other_user=False).announcement
    assert announcement.startswith("agents run as the worker's own user")
    assert "\n" not in announcement


async def test_an_agent_writes_to_its_checkout_its_home_and_its_temporary_folder(
    place: Place,
) -> None:
    code = (
        "import os, subprocess, tempfile\n"
        "for folder in ('.', os.environ['HOME'], tempfile.gettempdir()):\n"
        "    with open(f'{folder}/file', 'w') as file: file.write('x')\n"
        "    os.makedirs(f'{folder}/a/b'); os.rename(f'{folder}/file', f'{folder}/a/b/file')\n"
        "print(open('earlier').read(), open('/dev/null', 'w').write('x'))"
    )
    (place.checkout() / "earlier").write_text("of git")
    assert await place.says(code) == "of git 1"
    assert (place.checkout() / "a/b/file").read_text() == "x"


@needs_root
async def test_a_files_second_name_is_not_given_away(others: Place, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    (others.checkout() / "link").hardlink_to(tmp_path / "mine")
    (others.checkout() / "way out").symlink_to(tmp_path)
    await others.says("print('done')")
    assert (tmp_path / "mine").stat().st_uid == tmp_path.stat().st_uid == 0


@needs_root
async def test_what_lies_in_public_folders_goes_with_the_run(others: Place) -> None:
    code = (
        "import tempfile; print(tempfile.mkdtemp(dir='/tmp'), tempfile.mkstemp(dir='/dev/shm')[1])"
    )
    left = (await others.says(code)).split()
    assert len(left) == 2
    assert not any(Path(path).exists() for path in left)


@needs_root
async def test_a_user_is_free_again_after_the_run(others: Place) -> None:
    async with run_folder(others.state / "runs", others.identity) as folder:
        assert folder.uid is not None
        assert lock_of(folder.uid) is None
    await until(lambda: free(folder.uid))


def free(uid: int | None) -> bool:
    """Users are the machine's: somebody else may have it for a while."""
    assert uid is not None
    if (lock := lock_of(uid)) is None:
        return False
    lock.release()
    return True


@needs_root
async def test_too_many_runs_at_once_are_refused(others: Place) -> None:
    async with run_folder(others.state / "runs", others.identity) as folder:
        assert folder.uid is not None
        one = replace(others.identity, uids=(folder.uid,))
        with pytest.raises(BlockingIOError, match="all 1 users"):
            async with run_folder(others.state / "runs", one):
                pytest.fail("the user is taken")


@needs_root
async def test_a_program_that_another_user_cannot_reach_is_named(
    others: Place, tmp_path: Path
) -> None:
    tool = tmp_path / "closed/tool"
    tool.parent.mkdir(mode=0o700)
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    async with run_folder(others.state / "runs", others.identity) as folder:
        given = replace(program(folder, ""), argv=(str(tool),))
        with pytest.raises(ProgramNotFoundError, match="and cannot reach"):
            await run_bounded(given, no_beat)


WORKER = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.clients.confined_programs import Place

asyncio.run(Place.of(Path(sys.argv[2]), 'other').run(sys.argv[3]))
"""


@needs_root
async def test_a_dead_workers_agents_are_swept_with_their_user(tmp_path: Path) -> None:
    state = tmp_path / "state"
    arguments = [sys.executable, "-c", WORKER, str(ROOT), str(state), FAMILY]
    written = state / "checkouts/checkout/pids"
    with subprocess.Popen(arguments) as worker:
        await until(lambda: len(pids(written)) == 3)
        # The worker notes it down while its agent begins.
        notes = state / "runs"
        await until(lambda: any(note.stat().st_size for note in notes.glob("*/leader.json")))
        uid = written.stat().st_uid
        assert await sweep(state / "runs") == 0, "runs of a worker that lives are its own"
        worker.kill()
    assert await sweep(state / "runs") == 1
    assert not any(lives(pid) for pid in pids(written))
    assert Family(NOBODY, "no such mark", uid).members() == []


def test_the_state_is_closed_to_others_but_for_the_way_through(tmp_path: Path) -> None:
    (tmp_path / "mirrors").mkdir()
    (tmp_path / "key").write_text("k")
    (tmp_path / ".env").write_text("TOKEN=t")
    agent_identity(tmp_path, [tmp_path / ".env"])
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes.pop("checkouts") == modes.pop("runs") == 0o711
    assert not any(mode & 0o077 for mode in modes.values())


HIDDEN = f"""
import os, subprocess, sys
sys.path.insert(0, {str(ROOT)!r})
from clients.agent_identity import hide_from_agents
look = f"open('/proc/{{os.getpid()}}/environ').read()"
def seen():
    return subprocess.run([sys.executable, '-c', look], stderr=subprocess.DEVNULL).returncode == 0
before = seen()
hide_from_agents()
print(before, seen())
"""


async def test_a_hidden_worker_is_not_seen_by_its_own_user(tmp_path: Path) -> None:
    ordinary_user = Place.of(tmp_path / "state", KINDS[-1])
    assert await ordinary_user.says(HIDDEN) == "True False"


async def test_without_an_identity_nothing_is_confined(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    agent = CommandAgent.model_validate(
        {"kind": "command", "name": "a", "command": ["{python}", "-c", WHO], "prose": True}
    )
    runner = CommandAgentRunner(desk.environment, desk.scratch, identity=UNCONFINED)
    ran = await runner.run(agent, desk.brief, no_beat)
    assert ran.report is not None
    assert ran.report.summary.startswith(f"{os.getuid()} {os.geteuid()}")


def test_a_machine_that_is_too_busy_to_try_keeps_agents_apart_no_less(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="this machine is too busy"):
        agent_identity(tmp_path, patience=0)
