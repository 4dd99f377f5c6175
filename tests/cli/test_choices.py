"""What stands as in the attempt before is said before it begins, and shown afterwards."""

from pathlib import Path

from cli.choices import remarks
from contracts.choices import TakenOver
from contracts.phases import Phase
from tests.cli.person import Person

FAILS = "sh -c 'exit 3'"


def test_each_thing_is_a_line_that_says_what_would_replace_it() -> None:
    taken = TakenOver(
        attempt=2,
        playbook="hotfix",
        coder=("{python}", "/a b.py"),
        coded=(Phase.CODE, Phase.FIX),
        skip=(Phase.PLAN,),
        end=Phase.TEST,
    )
    assert remarks(taken) == [
        "Playbook hotfix is followed as in attempt 2; --playbook replaces it.",
        "CODE and FIX are worked by {python} '/a b.py' as in attempt 2; --agent replaces it.",
        "PLAN is skipped as in attempt 2; --skip or --end replaces it.",
        "It ends after TEST as in attempt 2; --skip or --end replaces it.",
    ]
    assert remarks(None) == []


def test_who_works_a_ticket_again_is_told_what_was_taken_over(
    ann: Person, repository: Path
) -> None:
    new = ("--repo", str(repository), "--summary", "x", "--agent", FAILS, "--skip", "PLAN")
    assert ann.says("work", "CALC-1", *new, "--watch").returncode == 1
    agent = f"CODE and FIX are worked by {FAILS} as in attempt 1"
    plan = ann.says("work", "CALC-1", "--dry-run")
    assert f"{agent}; --agent replaces it." in plan.stderr
    assert "PLAN is skipped" not in plan.stderr
    resumed = ann.says("work", "CALC-1", "--resume", "--watch")
    assert f"{agent}; --agent replaces it." in resumed.stderr
    assert "PLAN is skipped as in attempt 1; --skip or --end replaces it." in resumed.stderr
    shown = ann.says("status", "CALC-1").stdout
    assert f"  {agent}\n  PLAN is skipped as in attempt 1\n" in shown
    taken = ann.reads("status", "CALC-1")["taken_over"]
    assert (taken["attempt"], taken["skip"]) == (1, ["PLAN"])
    other = ann.says("work", "CALC-1", "--resume", "--agent", "true", "--dry-run")
    assert "are worked by" not in other.stderr
