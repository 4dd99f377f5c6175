"""What a worker says at its start."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clients.playbooks import PlaybookFolder
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
