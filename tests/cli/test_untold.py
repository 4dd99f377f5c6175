"""That nobody was told of a question or a limit, as whoever asks or watches hears it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.person import ROOT, Person, until
from tests.cli.spender import SPENDER

ASKER = """
import json
print(json.dumps({"status": "blocked", "summary": "two ways", "question": "Up or down?"}))
"""
LIMIT = ("--budget-tokens", "450")
NOBODY = "nobody was told: the worker has no mail or Slack set up, or no route for"


@pytest.mark.parametrize(
    ("script", "cap", "event", "may"),
    [
        (ASKER, (), "QuestionAsked", "who may answer: ann@example.org"),
        (SPENDER, LIMIT, "BudgetExceeded", "who may grant more: ann@example.org"),
    ],
)
def test_who_asks_or_watches_hears_that_nobody_was_told(
    ann: Person,
    repository: Path,
    agent: str,
    script: str,
    cap: tuple[str, ...],
    event: str,
    may: str,
) -> None:
    Path(agent.split()[1]).write_text(script)
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent)
    begun = ann.says("work", "CALC-1", *new, "--start", "CODE", "--end", "CODE", *cap)
    assert begun.returncode == 0, begun.stderr

    def waits() -> Any:
        return ann.reads("status", "CALC-1")["awaited"]

    assert until(waits)
    untold = f"{NOBODY} {event} leads there"
    why = ann.reads("why", "CALC-1")
    assert why["untold"].startswith(untold)
    assert why["deciders"] == why["prospects"]["may"] == ["ann@example.org"]
    said = ann.says("why", "CALC-1").stdout
    assert f"  {may}\n" in said
    assert f"  {untold}" in said
    assert f"  {untold}" in ann.says("status", "CALC-1").stdout

    command = [sys.executable, str(ROOT / "starter.py"), "watch", "CALC-1"]
    with subprocess.Popen(
        command, env=ann.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stderr is not None
        assert any(line.startswith(f"CALC-1: {untold}") for line in watching.stderr)
        assert ann.says("cancel", "CALC-1").returncode == 0
        assert watching.wait(40) == 1
