"""What a worker says at its start."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import make_url

from clients.playbooks import PlaybookFolder
from stack.addresses import Addresses
from tests.clients.confined_programs import Place
from worker import warn_of_agents

PLAYBOOK = """
phases:
  - phase: CODE
    agents:
      - {{kind: command, name: coder, command: [{program}]}}
"""


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="Only root may change users"
)
def test_agents_that_cannot_reach_their_program_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = Place.of(tmp_path / "state", "other")
    with TemporaryDirectory() as folder:
        program = Path(folder) / "agent"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        (tmp_path / "mine.yaml").write_text(PLAYBOOK.format(program=program))
        (tmp_path / "away.yaml").write_text(PLAYBOOK.format(program="not-installed-here"))
        (tmp_path / "torn.yaml").write_text("phases: [")
        warn_of_agents(PlaybookFolder(tmp_path, tmp_path), place.identity)
    [said] = caplog.messages
    assert "coder of playbook mine would fail: Agents run as another user" in said
    assert f"cannot reach {program}" in said


def test_its_start_loads_nothing_for_commands_or_for_models_that_nobody_set_up() -> None:
    loaded = "import sys, worker; print(sorted({'openai', 'typer'} & set(sys.modules)))"
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", loaded], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("wrong", [{"password": "s3cret"}, {"database": "nowhere"}])
@pytest.mark.parametrize("environment", ["production", "development"])
def test_a_login_that_postgres_refuses_is_for_a_person_to_mend(
    wrong: dict[str, str],
    environment: str,
    stack: Addresses,
    database_url: str,
    tmp_path: Path,
) -> None:
    changed = make_url(database_url).set(**wrong)  # type: ignore[arg-type]  # one keyword at a time
    given = {
        "PATH": os.defpath,
        "SLIPWAY_ENV": environment,
        "SLIPWAY_DECISION_KEY": "k",
        "SLIPWAY_STATE_DIR": str(tmp_path),
        "TEMPORAL_ADDRESS": stack.temporal,
        "DATABASE_URL": changed.render_as_string(hide_password=False),
        "REDIS_URL": stack.redis_url,
    }
    worker = Path(__file__).parent.parent / "worker.py"
    done = subprocess.run(
        [sys.executable, worker],
        cwd=tmp_path,
        env=given,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("worker: Postgres refuses the login: ")
    assert "s3cret" not in done.stderr
    assert done.stderr.count("\n") == 1
