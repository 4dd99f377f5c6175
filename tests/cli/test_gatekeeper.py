"""`work --yes` and the person at the terminal, at gates where others must decide as well."""

from pathlib import Path

import pytest

from cli.stand_in import DEMO_APPROVER
from tests.cli.person import Person, until

LEAD = "lead@example.org"
TWO = "levels:\n  - {name: both, approvers: [{role: MANAGER}], quorum: 2}\n"
ONE_PERSON = f"levels:\n  - {{name: lead, approvers: [{{user: {LEAD}}}]}}\n"
ANY_MANAGER = "levels:\n  - {name: one, approvers: [{role: MANAGER}]}\n"
TWO_LEVELS = """
four_eyes: false
levels:
  - {name: first, approvers: [{role: MANAGER}]}
  - {name: second, approvers: [{role: MANAGER}]}
"""


ESCALATED = f"""
levels:
  - name: owner
    approvers: [{{user: nobody-yet@example.org}}]
    patience: PT1S
    on_timeout: escalate
    escalation: [{{approvers: [{{user: {LEAD}}}], patience: P1D}}]
"""


@pytest.fixture
def owner(ann: Person, repository: Path, agent: str) -> Person:
    """Of a project, with a lead who is a manager."""
    ann.folder = repository
    work = ("work", "CALC-1", "--repo", ".", "--summary", "add subtracts", "--agent", agent)
    assert ann.says(*work, "--dry-run").returncode == 0
    assert ann.says("users", "add", LEAD, "--role", "MANAGER").returncode == 0
    return ann


def asks(person: Person, folder: Path, levels: str) -> None:
    file = folder / "levels.yaml"
    file.write_text(levels)
    done = person.says("project", "approvals", "CALC", "--gate", "plan", "--levels", str(file))
    assert done.returncode == 0, done.stderr


def has_a_stand_in(person: Person) -> bool:
    return DEMO_APPROVER in {one["email"] for one in person.reads("users", "list")}


def completed(person: Person) -> bool:
    return bool(person.reads("status", "CALC-1")["status"] == "COMPLETED")


def test_yes_is_one_voice_and_says_whose_is_missing(
    owner: Person, tmp_path: Path, agent: str
) -> None:
    asks(owner, tmp_path, TWO)
    done = owner.says("work", "CALC-1", "--agent", agent, "--yes")
    assert done.returncode == 0, done.stderr
    assert f"{DEMO_APPROVER} becomes a manager of" in done.stderr.partition("counted")[0]
    assert "counted; others must agree as well" in done.stderr
    assert f"now waits for 2 of manager ({LEAD})" in done.stderr
    assert "starter.py approve CALC-1 --as EMAIL" in done.stderr
    assert owner.says("approve", "CALC-1", "--as", LEAD).returncode == 0
    assert until(lambda: completed(owner))


def test_yes_decides_nothing_where_its_approver_may_not(
    owner: Person, tmp_path: Path, agent: str
) -> None:
    asks(owner, tmp_path, ONE_PERSON)
    done = owner.says("work", "CALC-1", "--agent", agent, "--yes")
    assert done.returncode == 0, done.stderr
    assert "may not decide at gate plan" in done.stderr
    assert not has_a_stand_in(owner)
    assert f"now waits for {LEAD} ({LEAD})" in done.stderr
    (waiting,) = owner.reads("approvals")
    assert waiting["level"] == 1
    assert owner.says("approve", "CALC-1", "--as", LEAD).returncode == 0
    assert until(lambda: completed(owner))


def test_yes_decides_at_each_level_where_it_may(owner: Person, tmp_path: Path, agent: str) -> None:
    asks(owner, tmp_path, TWO_LEVELS)
    done = owner.says("work", "CALC-1", "--agent", agent, "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("--yes: approves as") == 2
    assert done.stderr.count("becomes a manager") == 1
    assert completed(owner)


@pytest.mark.parametrize("levels", [ONE_PERSON, ANY_MANAGER])
def test_a_person_at_the_terminal_hears_who_else_is_awaited(
    owner: Person, tmp_path: Path, agent: str, levels: str
) -> None:
    asks(owner, tmp_path, levels)
    work = ("work", "CALC-1", "--agent", agent, "--watch")
    code, shown = owner.types(*work, to="They decide with", answer="\x03")
    assert code == 130, shown
    assert "Approve?" not in shown
    assert LEAD in shown
    assert not has_a_stand_in(owner)
    assert owner.says("cancel", "CALC-1").returncode == 0


def test_a_person_who_is_asked_and_says_nothing_has_made_nobody_a_manager(
    ann: Person, repository: Path, agent: str
) -> None:
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent, "--watch")
    code, shown = ann.types("work", "CALC-1", *new, to="Approve?", answer="\x03")
    assert code == 130, shown
    assert f"counts as that of {DEMO_APPROVER}, and makes them a manager of" in shown
    assert not has_a_stand_in(ann)
    assert ann.says("cancel", "CALC-1").returncode == 0


def test_why_names_those_it_was_escalated_to(owner: Person, tmp_path: Path, agent: str) -> None:
    asks(owner, tmp_path, ESCALATED)
    assert owner.says("work", "CALC-1", "--agent", agent).returncode == 0
    assert until(lambda: LEAD in owner.says("why", "CALC-1").stdout)
    assert owner.says("cancel", "CALC-1").returncode == 0
