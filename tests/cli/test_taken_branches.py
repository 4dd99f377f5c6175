"""A branch that somebody else has written on, as the command line says it."""

import subprocess
from pathlib import Path

from tests.cli.person import Person

BRANCH = "slipway/CALC-1"


def git(repository: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    command = ["git", "-C", str(repository), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_work_on_it_is_refused_before_any_agent_runs(
    ann: Person, repository: Path, tmp_path: Path
) -> None:
    git(repository, "switch", "-qc", BRANCH)
    git(repository, "commit", "-q", "--allow-empty", "-m", "By hand")
    git(repository, "switch", "-q", "main")
    trace = tmp_path / "agent-ran"
    agent = ("--agent", f"touch {trace}")
    new = ("--repo", str(repository), "--summary", "x", *agent, "--start", "code")
    for manner in ((), ("--dry-run",), ("--yes",)):
        refused = ann.says("work", "CALC-1", *new, *manner)
        assert refused.returncode == 1
        assert f"Branch {BRANCH} of {repository} is at" in refused.stderr
        assert "by Ann <ann@example.org>: By hand" in refused.stderr
        assert "git branch -m" in refused.stderr
    assert not trace.exists()
    assert ann.says("status", "CALC-1").returncode == 3
    assert git(repository, "log", "--format=%s", "-1", BRANCH) == "By hand"
