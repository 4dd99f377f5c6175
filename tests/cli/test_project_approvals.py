"""`project approvals`, as people use it."""

from pathlib import Path

import pytest

from tests.cli.person import Person


@pytest.fixture
def owner(ann: Person, repository: Path, agent: str) -> Person:
    """Of the project CALC."""
    ann.folder = repository
    work = ("work", "CALC-1", "--repo", ".", "--summary", "add subtracts", "--agent", agent)
    assert ann.says(*work, "--dry-run").returncode == 0
    return ann


def test_a_projects_policies_are_set_shown_and_cleared(owner: Person, tmp_path: Path) -> None:
    assert owner.reads("project", "approvals", "CALC") == {}
    told = owner.says("project", "approvals", "CALC", "--gate", "plan", "--policy", "release")
    assert (told.returncode, told.stdout.split()) == (0, ["plan", "release"]), told.stderr
    levels = tmp_path / "two.yaml"
    levels.write_text("levels:\n  - {name: both, approvers: [{role: MANAGER}], quorum: 2}\n")
    told = owner.says("project", "approvals", "CALC", "--gate", "result", "--levels", str(levels))
    assert told.returncode == 0, told.stderr
    assert owner.reads("project", "approvals", "CALC") == {
        "plan": "release",
        "result": "both: 2 of manager",
    }
    assert owner.says("project", "approvals", "CALC", "--gate", "plan", "--clear").returncode == 0
    assert list(owner.reads("project", "approvals", "CALC")) == ["result"]


def test_a_dry_run_tells_of_a_binding_gate_that_nobody_gets_around(owner: Person) -> None:
    set_so = ("project", "approvals", "CALC", "--gate", "plan", "--policy", "release")
    assert owner.says(*set_so).returncode == 0
    told = owner.says("work", "CALC-1", "--skip", "PLAN", "--dry-run")
    assert told.returncode == 0, told.stderr
    assert "skipped: skipped by option; gate plan asks all the same" in told.stdout


def test_what_cannot_be_asked_is_refused(owner: Person, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("levels: []")
    approvals = ("project", "approvals", "CALC")
    for arguments, code, says in (
        (("--gate", "plan", "--policy", "releese"), 3, "no approval policy `releese`"),
        (("--gate", "plan"), 2, "with one of"),
        (("--policy", "release"), 2, "with one of"),
        (("--gate", "Plan!", "--policy", "release"), 2, "no gate's name"),
        (("--gate", "plann", "--policy", "release"), 2, "Did you mean plan? There are audit (of "),
        (("--gate", "plann", "--clear"), 2, "No playbook has a gate plann"),
        (("--gate", "plan", "--levels", str(wrong)), 2, "wrong.yaml:1"),
        (("--gate", "plan", "--levels", "none.yaml"), 3, "can't be read"),
    ):
        done = owner.says(*approvals, *arguments)
        assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    assert owner.reads(*approvals) == {}
