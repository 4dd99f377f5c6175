"""Agents are tried as a worker would run them, and one that could not run is refused at once."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clients.agent_identity import UIDS
from tests.cli.person import ROOT, Person

TICKET = ROOT / "examples" / "agents" / "ticket.md"
WHO = "import json, os; print(json.dumps({'status': 'completed', 'summary': f'uid {os.getuid()}'}))"

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="Only Linux confines agents"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Only root may change users"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """The way to it is open to everybody, unlike that to pytest's own."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def ann(folder: Path) -> Person:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.defpath))
    state = str(folder / "state")
    ann = Person({"PATH": path, "HOME": str(folder), "SLIPWAY_STATE_DIR": state})
    ann.folder = folder
    return ann


@pytest.fixture
def closed(folder: Path) -> Path:
    """A program where no other user gets."""
    program = folder / "closed" / "agent"
    program.parent.mkdir(mode=0o700)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


def test_an_agent_is_tried_as_the_user_it_would_have(ann: Person, repository: Path) -> None:
    given = ("--repo", str(repository), "--ticket", str(TICKET), "--json")
    tried = ann.says("agent", "run", "who", *given, "--agent", f'{{python}} -c "{WHO}"')
    assert tried.returncode == 0, tried.stderr
    said = json.loads(tried.stdout)["report"]["summary"]
    assert said.startswith("uid ")
    assert int(said.removeprefix("uid ")) in UIDS
    ann.environment["SLIPWAY_AGENT_ISOLATION"] = "none"
    trusted = ann.says("agent", "run", "who", *given, "--agent", f'{{python}} -c "{WHO}"')
    assert json.loads(trusted.stdout)["report"]["summary"] == "uid 0"


def test_trying_a_program_out_of_reach_finds_none(
    ann: Person, repository: Path, closed: Path
) -> None:
    given = ("--repo", str(repository), "--ticket", str(TICKET))
    tried = ann.says("agent", "run", "x", *given, "--agent", str(closed))
    assert tried.returncode == 3
    assert f"cannot reach {closed}: {closed.parent} lets no other user through" in tried.stdout


def test_work_for_an_agent_out_of_reach_is_not_begun(
    ann: Person, repository: Path, closed: Path
) -> None:
    new = ("--repo", str(repository), "--summary", "x")
    refused = ann.says("work", "CALC-1", *new, "--agent", str(closed))
    assert refused.returncode == 3
    assert f"The agent would fail. Agents run as another user and cannot reach {closed}" in (
        refused.stderr
    )
    assert "SLIPWAY_AGENT_ISOLATION=none" in refused.stderr
    assert refused.stderr.count("\n") == 1
    script = ann.says("work", "CALC-1", *new, "--agent", f"{{python}} {closed}")
    assert (script.returncode, f"cannot read {closed}" in script.stderr) == (3, True)
