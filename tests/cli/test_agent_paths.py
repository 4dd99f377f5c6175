"""An agent's files by relative paths: agents start in a checkout, not where the person is."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import AGENT
from tests.cli.person import Person


@pytest.fixture
def here(ann: Person, tmp_path: Path) -> Path:
    """Ann's current folder, with an agent in it."""
    (tmp_path / "agent.py").write_text(AGENT)
    ann.folder = tmp_path
    return tmp_path


def commit(repository: Path, name: str, content: str) -> None:
    (repository / name).write_text(content)
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    for arguments in (("add", "-A"), (*who, "commit", "-qm", "More")):
        subprocess.run(["git", "-C", str(repository), *arguments], check=True)


@pytest.mark.parametrize("word", ["agent.py", "./agent.py", "../{name}/agent.py"])
def test_a_relative_file_of_the_current_folder_is_refused_with_its_absolute_path(
    ann: Person, repository: Path, here: Path, word: str
) -> None:
    agent = f"python3 {word.format(name=here.name)}"
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent, "--dry-run")
    refused = ann.says("work", "CALC-1", *new)
    assert refused.returncode == 2
    assert f"Say {here}/" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert ann.reads("project", "list") == []


def test_a_file_that_the_repository_has_is_found_in_the_checkout(
    ann: Person, repository: Path, here: Path
) -> None:
    commit(repository, "agent.py", AGENT)
    new = ("--repo", str(repository), "--summary", "x", "--agent", "python3 ./agent.py -v")
    planned = ann.says("work", "CALC-1", *new, "--dry-run")
    assert planned.returncode == 0, planned.stderr


def test_trying_an_agent_checks_its_paths_too(ann: Person, repository: Path, here: Path) -> None:
    (here / "ticket.md").write_text("# TRY-1: x\n")
    given = ("--repo", str(repository), "--ticket", "ticket.md", "--agent", "python3 agent.py")
    refused = ann.says("agent", "run", "x", *given)
    assert (refused.returncode, f"Say {here}/agent.py" in refused.stderr) == (2, True)
