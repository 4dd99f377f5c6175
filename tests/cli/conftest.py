"""The command line as people use it, on the session's real servers with a real worker."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from temporalio.client import Client

from cli.connected import ConnectedDesk
from db.engine import Sessions
from settings import Settings
from stack.addresses import Addresses
from tests.cli.insider import Insider
from tests.cli.person import ROOT, Person, until
from tests.cli.teller import Teller
from tests.conftest import TestOrganization

AGENT = """
import json, pathlib, sys
brief = json.load(sys.stdin)
folder = pathlib.Path(brief["workspace"])
(folder / "calc.py").write_text("def add(a, b):\\n    return a + b\\n")
print(json.dumps({"status": "completed", "summary": "add adds \\u001b[31m[red]now"}))
"""
TEST = "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"


@pytest.fixture(scope="session")
def environment(
    stack: Addresses, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """Of the worker and of everybody who talks to it."""
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.defpath)),
        "HOME": str(tmp_path_factory.mktemp("home")),
        "LANG": "C.UTF-8",
        "TEMPORAL_ADDRESS": stack.temporal,
        "DATABASE_URL": database_url,
        "REDIS_URL": stack.redis_url,
        "SLIPWAY_TASK_QUEUE": f"cli-{uuid4().hex[:8]}",
        "SLIPWAY_STATE_DIR": str(tmp_path_factory.mktemp("state")),
    }


@pytest.fixture(scope="session")
def worker(environment: Mapping[str, str]) -> Iterator[None]:
    log = Path(environment["SLIPWAY_STATE_DIR"]) / "worker-of-the-tests.log"
    with log.open("wb") as file:
        command = [sys.executable, str(ROOT / "worker.py")]
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
        try:
            until(lambda: b"worker: ready" in log.read_bytes())
            yield
        finally:
            process.terminate()
            assert process.wait(60) == 0


@pytest.fixture
def ann(environment: Mapping[str, str], organization: TestOrganization, worker: None) -> Person:
    """In an organization of her own, on a queue that is worked."""
    mine = {"SLIPWAY_ORGANIZATION": organization.slug, "SLIPWAY_USER": "ann@example.org"}
    return Insider({**environment, **mine})


@pytest.fixture
def bob(
    capsys: pytest.CaptureFixture[str], database_url: str, organization: TestOrganization
) -> Teller:
    """With all that commands need which ask nobody but Postgres."""
    return Teller(
        capsys,
        database_url=database_url,
        slipway_organization=organization.slug,
        slipway_user="bob@example.org",
        slipway_encryption_keys=Fernet.generate_key().decode(),
    )


@pytest.fixture
def agent() -> Iterator[str]:
    """A command line for --agent. Where the worker is root, agents are users who may not look into
    pytest's own folders."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        script = Path(folder) / "agent.py"
        script.write_text(AGENT)
        script.chmod(0o644)
        yield f"{sys.executable} {script}"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A real one with a failing test."""
    folder = tmp_path / "a repository"
    folder.mkdir()
    (folder / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    (folder / "test_calc.py").write_text(TEST)
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    for arguments in (("init", "-qb", "main"), ("add", "-A"), (*who, "commit", "-qm", "First")):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
    return folder


@pytest.fixture
def desk(
    stack: Addresses,
    database_url: str,
    sessions: Sessions,
    organization: TestOrganization,
    temporal: Client,
) -> ConnectedDesk:
    """With a queue that nobody works."""
    settings = Settings(
        _env_file=None,
        slipway_organization=organization.slug,
        slipway_task_queue=f"unworked-{uuid4().hex[:8]}",
        temporal_address=stack.temporal,
    )
    addresses = stack.model_copy(update={"database_url": database_url})
    return ConnectedDesk(settings, {}, addresses, sessions, temporal)
