"""`stats` and `list` on what was worked, and with Redis gone."""

import json
from pathlib import Path

from tests.cli.person import Person


def test_agents_are_counted_today_and_ever(ann: Person, repository: Path, agent: str) -> None:
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent)
    done = ann.says("work", "CALC-1", *new, "--yes")
    assert done.returncode == 0, done.stderr
    told = ann.says("stats")
    assert told.returncode == 0, told.stderr
    assert "today  explore in EXPLORE: 1 times, 0 failed" in told.stdout
    assert "ever   explore: 1 times, 100% succeeded" in told.stdout
    figures = json.loads(ann.says("stats", "--json").stdout)
    assert {tally["agent"] for tally in figures["today"]} >= {"triage", "explore"}


def test_who_worked_nothing_has_no_figures(ann: Person) -> None:
    assert ann.says("stats").stdout.strip() == "No agent has worked yet."
    assert ann.says("list", REDIS_URL="redis://127.0.0.1:1/0").returncode == 0
