"""A library that knows nothing of us: its tests are red before the agent's work, green after."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from contracts.events import TestRunCompleted
from db.ledger import Ledger
from tests.faults.conftest import NewSite
from tests.faults.sites import KEY, Site, run_tests_phase
from tests.faults.workers import Plant

LIBRARY, ARCHIVE = "parse==1.20.2", "parse-1.20.2.tar.gz"
RIGHT, WRONG = "return float(string[:-1]) / 100.0", "return float(string[:-1]) / 10.0"
MEND = f"""
import json, pathlib
file = pathlib.Path("parse.py")
text = file.read_text()
assert text.count({WRONG!r}) == 1
file.write_text(text.replace({WRONG!r}, {RIGHT!r}))
print(json.dumps({{"status": "completed", "summary": "put the line right"}}))
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its sources as their authors published them."""
    folder = tmp_path_factory.mktemp("library")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", ":all:", "--dest", str(folder), LIBRARY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (
        f"{LIBRARY} could not be fetched: this test needs a package index that answers. "
        f"pip said: {done.stderr[-1000:]}"
    )
    with tarfile.open(folder / ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder / ARCHIVE.removesuffix(".tar.gz")


def break_one_function(site: Site, library: Path) -> None:
    """Upstream becomes the library, with one line wrong."""
    site.upstream.git("rm", "--quiet", ".slipway.yaml", "README.txt")
    for source in library.rglob("*"):
        if source.is_file():
            target = site.upstream.path / source.relative_to(library)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    broken = site.upstream.path / "parse.py"
    text = broken.read_text()
    assert text.count(RIGHT) == 1
    broken.write_text(text.replace(RIGHT, WRONG))
    site.upstream.commit()


async def runs_of_tests(site: Site) -> list[TestRunCompleted]:
    row = await site.known()
    async with site.sessions() as session:
        chain = await Ledger(session).chain(row.id, row.last_hash)
    return [one.event for one in chain if isinstance(one.event, TestRunCompleted)]


async def test_a_foreign_library_is_red_before_the_mending_and_green_after_it(
    shared_plant: Plant, new_site: NewSite, library: Path
) -> None:
    mender = {"kind": "command", "name": "mender", "command": [sys.executable, "-c", MEND]}
    mending = {"phase": "FIX", "agents": [mender]}
    site = await new_site(shared_plant, playbook=[run_tests_phase(), mending])
    break_one_function(site, library)
    work = await site.start()
    await work.result()

    before, after = [run.report for run in await runs_of_tests(site)]
    await site.check_ledger()
    assert (before.green, after.green) == (False, True)
    assert before.failed >= 1
    assert after.passed == before.passed + before.failed
    changed = site.upstream.git("diff", "--unified=0", "main", f"slipway/{KEY}")
    lines = [
        line for line in changed.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert [line[1:].strip() for line in lines] == [WRONG, RIGHT]
