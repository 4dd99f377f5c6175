"""Every bound of a run holds, and it is said which one was broken."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from clients.disk_usage import DiskUsage
from clients.run_watches import exceeded
from clients.tree_removal import remove_tree
from contracts.playbooks import Limits
from tests.clients.agent_desk import GOOD, Desk
from tests.clients.confined_programs import KINDS, Place

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has all these bounds")

SPIN = "while True: pass"
CHILDREN_SPIN = "import os\nos.fork()\nwhile True: pass"
BOMB = """
import os, time
for _ in range(300):
    if os.fork() == 0:
        time.sleep(600)
time.sleep(600)
"""
THREADS = """
import threading, time
for _ in range(60): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
time.sleep(600)
"""
MANY_FILES = """
import time
kept = []
try:
    while True: kept.append(open('/dev/null'))
except OSError: time.sleep(600)
"""
LARGE = "with open('large', 'wb') as file: [file.write(b'x' * 2**20) for _ in range(64)]"
IN_PARTS = """
import time
for i in range(64):
    with open(f'{i}', 'wb') as file: file.write(b'x' * 2**18)
"""
AT_HOME = "import os; os.chdir(os.environ['HOME'])\n" + IN_PARTS + "time.sleep(600)"
HIDDEN = "import os; os.mkdir('a'); os.chdir('a')\n" + IN_PARTS + "os.chmod('.', 0)"
DEEP = """
import os, time
for _ in range(3000):
    os.mkdir('deep'); os.chdir('deep')
with open('file', 'wb') as file: file.write(b'x' * 2**20)
time.sleep(600)
"""
FLOOD = "import os\npiece = b'x' * 2**20\nwhile True: os.write(1, piece)"
SHELL_SPINS = "import os; os.execvp('sh', ['sh', '-c', 'while :; do :; done; true'])"

BROKEN = {
    "cpu of one process": (SPIN, "cpu", {"cpu": timedelta(seconds=1)}),
    "cpu of a shell": (SHELL_SPINS, "cpu", {"cpu": timedelta(seconds=1)}),
    "cpu of all together": (CHILDREN_SPIN, "cpu", {"cpu": timedelta(seconds=2)}),
    "processes": (BOMB, "processes", {"processes": 40}),
    "threads": (THREADS, "processes", {"processes": 40}),
    "open files": (MANY_FILES, "open files", {"open_files": 64}),
    "one large file": (LARGE, "disk", {"disk": 2**22}),
    "many files": (IN_PARTS, "disk", {"disk": 2**22}),
    "files in its home": (AT_HOME, "disk", {"disk": 2**22}),
    "files in a closed folder": (HIDDEN, "disk", {"disk": 2**22}),
    "deeper than any path": (DEEP, "disk", {"disk": 2**30}),
    "output": (FLOOD, "output", {}),
    "time": ("import time; time.sleep(600)", "timeout", {"time": timedelta(seconds=0.2)}),
}


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield Place.of(tmp_path / "state", request.param)
    # Pytest could not remove all that the programs here leave.
    remove_tree(tmp_path / "state")


@pytest.mark.parametrize(("code", "bound", "limits"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_bound_ends_the_run_and_is_named(
    place: Place, code: str, bound: str, limits: dict[str, object]
) -> None:
    finished = await place.run(code, **({"time": timedelta(seconds=60)} | limits))
    assert finished.stopped_for == bound
    assert finished.duration < timedelta(seconds=30)
    assert list((place.state / "runs").iterdir()) == []


async def test_within_its_bounds_a_program_is_left_alone(place: Place) -> None:
    code = "import threading\nopen('a', 'w').write('x' * 2**20)\nprint('done')"
    finished = await place.run(code, processes=1, open_files=16, disk=2**22)
    assert (finished.stopped_for, finished.exit_code) == (None, 0)


async def test_what_was_there_before_is_not_counted(place: Place) -> None:
    (place.checkout() / "history").write_bytes(b"x" * 2**23)
    finished = await place.run("open('a', 'w').write('x' * 2**20)", disk=2**22)
    assert (finished.stopped_for, finished.exit_code) == (None, 0)


async def test_a_hard_link_is_counted_once(tmp_path: Path) -> None:
    usage = DiskUsage((tmp_path,))
    (tmp_path / "a").write_bytes(b"x" * 2**20)
    for number in range(8):
        (tmp_path / f"{number}").hardlink_to(tmp_path / "a")
    assert usage.reaches(2**19)
    assert not usage.reaches(2**21)


async def test_a_link_out_of_the_checkout_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    usage = DiskUsage((tmp_path / "checkout",))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "large").write_bytes(b"x" * 2**22)
    (tmp_path / "checkout" / "link").symlink_to(tmp_path / "other")
    assert not usage.reaches(2**20)


STOPPED = {
    "AgentCpuError": (SPIN, {"cpu": "PT1S"}, "used more than 0:00:01 of processor time"),
    "AgentProcessesError": (BOMB, {"processes": 40}, "started more than 40 processes and threads"),
    "AgentOpenFilesError": (MANY_FILES, {"open_files": 64}, "opened 64 files at once"),
    "AgentDiskError": (LARGE, {"disk": 2**22}, "wrote 4,194,304 bytes or more to its folders"),
}


@pytest.mark.parametrize("error", STOPPED)
async def test_the_report_says_what_was_exceeded(tmp_path: Path, error: str) -> None:
    code, limits, message = STOPPED[error]
    ran = await Desk(tmp_path).run(code, limits=limits)
    assert (ran.report, ran.error_type, ran.error_message) == (None, error, message)


async def test_output_that_was_cut_is_a_finding(tmp_path: Path) -> None:
    said = b"x" * 5000 + b"\n" + repr(GOOD).replace("'", '"').encode()
    desk = Desk(tmp_path)
    (desk.checkout / "said").write_bytes(said)
    code = "import sys; sys.stdout.buffer.write(open('said','rb').read())"
    ran = await desk.run(code, limits={"output": 1024})
    assert ran.report is not None
    assert ran.report.status == "completed"
    assert ran.report.findings == (
        f"Slipway: of {len(said):,} bytes of output, the first 1,024 were kept.",
    )


def test_every_default_is_a_bound() -> None:
    assert all(value is not None for _, value in Limits())
    assert exceeded("memory", Limits()) == "used more than 8,589,934,592 bytes of memory"
