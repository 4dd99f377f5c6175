"""A library that knows nothing of us: its tests are red before the agent's work, green after."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client

from clients.orchestrations import Orchestrations
from contracts.events import TestRunCompleted
from db.engine import Sessions
from db.identity import Organizations
from db.ledger import Ledger
from tests.clients.git_upstream import Upstream
from tests.faults.sites import Desk, Site, agent_phase, tests_phase, write_playbook
from tests.faults.workers import Plant

LIBRARY, ARCHIVE = "parse==1.20.2", "parse-1.20.2.tar.gz"
RIGHT = '        return format.replace("{{", "{").replace("}}", "}")'
FIX = """
import json, pathlib, sys
json.load(sys.stdin)
file = pathlib.Path("parse.py")
text = file.read_text()
assert text.count({wrong!r}) == 1
file.write_text(text.replace({wrong!r}, {right!r}))
print(json.dumps({{"status": "completed", "summary": "put the line right"}}))
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its sources as its authors published them."""
    folder = tmp_path_factory.mktemp("library")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", ":all:", "--dest", str(folder), LIBRARY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (
        f"{LIBRARY} could not be fetched from the package index; this test needs one that can be "
        f"reached. pip said: {done.stderr[-1000:]}"
    )
    with tarfile.open(folder / ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder / ARCHIVE.removesuffix(".tar.gz")


async def test_reports(sessions: Sessions, site: Site) -> list[TestRunCompleted]:
    row = await site.known()
    async with sessions() as session:
        chain = await Ledger(session).chain(row.id, row.last_hash)
    return [one.event for one in chain if isinstance(one.event, TestRunCompleted)]
