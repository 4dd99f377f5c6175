"""What the documents tell people to type does what they say, in the order in which they say it."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.person import ROOT, Person, until
from tests.cli.spender import SPENDER
from tests.deployment.blocks import typed

STARTER = ".venv/bin/python starter.py "


def lines_of(document: str) -> list[str]:
    lines = [said.line for said in typed() if said.document.name == document]
    return [line.removeprefix(STARTER) for line in lines if line.startswith(STARTER)]


def seed(ann: Person, *words: str) -> None:
    """As the README says it."""
    line = shlex.join([".venv/bin/python", "-m", "db", "seed", *words])
    assert line in (ROOT / "README.md").read_text()
    command = [sys.executable, *line.split()[1:]]
    subprocess.run(command, cwd=ROOT, env=ann.environment, capture_output=True, check=True)


@pytest.mark.parametrize("document", ["messages.md", "service-levels.md"])
def test_commands_that_need_no_ticket_run_one_after_the_other(ann: Person, document: str) -> None:
    seed(ann)
    # Rehearsals are test_simulate.py's.
    lines = [line for line in lines_of(document) if not line.startswith("simulate ")]
    assert lines
    for line in lines:
        done = ann.says(*shlex.split(line))
        assert done.returncode == 0, f"{line}: {done.stderr}"


def test_budgets_are_shown_raised_and_refused_as_the_document_says(
    ann: Person, repository: Path, agent: str
) -> None:
    # Time is granted only to an agent that ran out of it: tests/workflows/test_budgets.py.
    told = [line for line in lines_of("budgets.md") if " PROJ-123" in line]
    lines = [line for line in told if "--time" not in line]
    raises = [line for line in lines if line.startswith("budget raise ")]
    new = ("--repo", str(repository), "--summary", "Spend", "--agent", agent)
    assert ann.says("work", "PROJ-123", *new, "--budget-tokens", "900").returncode == 0
    until(lambda: ann.gate("PROJ-123"))
    for line in raises:
        done = ann.says(*shlex.split(line))
        assert (done.returncode, "raised ahead" in done.stdout) == (0, True), done.stderr
    assert ann.says("cancel", "PROJ-123").returncode == 0
    until(lambda: ann.reads("status", "PROJ-123")["status"] == "CANCELLED")
    Path(agent.split()[1]).write_text(SPENDER)
    only_code = ("--start", "CODE", "--end", "CODE", "--budget-tokens", "450")
    assert ann.says("work", "PROJ-123", "--agent", agent, *only_code).returncode == 0
    until(lambda: ann.reads("status", "PROJ-123")["awaited"])
    for line in lines:
        if line not in raises:
            done = ann.says(*shlex.split(line))
            assert done.returncode == 0, f"{line}: {done.stderr}"
    assert ann.says("watch", "PROJ-123").returncode == 1
    assert "it leads nowhere" in ann.says("why", "PROJ-123").stdout


def test_the_readmes_first_ticket_is_worked_as_it_says(
    ann: Person, repository: Path, agent: str, tmp_path: Path
) -> None:
    ann.folder = tmp_path
    (tmp_path / "ticket.txt").write_text("The sum is a cent too high.")
    places = {"~/code/shop": str(repository), "{python} /path/to/my_agent.py": agent}
    told = {line.split()[0]: line for line in lines_of("README.md")}

    def types(verb: str) -> None:
        words = [places.get(word, word) for word in shlex.split(told[verb])]
        done = ann.says(*words)
        assert done.returncode == 0, f"{words}: {done.stderr}"

    types("work")
    seed(ann, "--email", "lead@example.org", "--role", "MANAGER")
    asked = until(lambda: ann.gate("PROJ-1"))
    for verb in ("why", "guide", "request-changes"):
        types(verb)
    until(lambda: ann.gate("PROJ-1") not in (None, asked))
    for verb in ("pause", "history", "approve"):
        types(verb)
    assert ann.says("resume", "PROJ-1").returncode == 0
    types("watch")
    types("output")
    types("diff")
    log = ["git", "-C", str(repository), "log", "-p", "slipway/PROJ-1"]
    assert "PROJ-1: " in subprocess.run(log, capture_output=True, text=True, check=True).stdout
    assert told.keys() == {
        *("work", "why", "guide", "request-changes", "pause", "history", "approve", "watch"),
        *("diff", "output"),
        "setup",  # Run by tests/deployment/test_docs.py.
    }
