"""Teams on the command line, and the work that they are given."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.exits import WrongUseError
from cli.team_options import day, hours, name
from tests.cli.person import Person, until

LEA = "lea@example.org"
TODAY = datetime.now(UTC).date()
DAYS = ("--from", f"{TODAY - timedelta(days=1)}", "--to", f"{TODAY + timedelta(days=9)}")

BACKWARDS = ("--from", "2026-02-02", "--to", "2026-02-01")


def ok(person: Person, *arguments: str) -> str:
    done = person.says(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_team_is_made_filled_planned_and_shown(ann: Person) -> None:
    assert "teams add NAME" in ok(ann, "teams", "list")
    ok(ann, "users", "add", LEA)
    assert "made" in ok(ann, "teams", "add", "blue", "--skill", "billing", "--hours", "40")
    assert "changed" in ok(ann, "teams", "add", "blue", "--takes-type", "bug")
    ok(ann, "teams", "members", "blue", LEA, "--role", "lead")
    ok(ann, "teams", "capacity", "blue", "now", "--hours", "37.5", *DAYS)
    (row,) = ann.reads("teams", "list")
    assert (row["name"], row["skills"], row["capacity"]) == ("blue", ["billing"], "40")
    assert row["takes"] == {"issue_types": ["BUG"], "projects": []}
    assert row["members"] == [{"email": LEA, "role": "lead", "active": True}]
    assert [(one["id"], one["total"], one["allocated"]) for one in row["sprints"]] == [
        ("now", "37.5", "0")
    ]
    assert ann.reads("teams", "members", "blue") == ann.reads("teams", "capacity") == [row]
    shown = ok(ann, "teams", "capacity", "blue")
    assert "takes only BUG" in shown
    assert "now: 37.5 of 37.5 h free" in shown
    ok(ann, "teams", "members", "blue", LEA, "--remove")
    assert "nobody is in it" in ok(ann, "teams", "list")


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        *((name, value) for value in ("Blue", "", "blue team", "b" * 41)),
        *((hours, value) for value in ("many", "NaN", "-1", "1e9", "0.001", "")),
        *((day, value) for value in ("today", "2026-02-30", "")),
    ],
)
def test_what_is_no_name_number_or_day_is_refused(
    parse: Callable[[str], object], value: str
) -> None:
    with pytest.raises(WrongUseError, match=r"is no|are no"):
        parse(value)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("members", "blue", LEA), 3, "starter.py teams add blue"),
        (("members", "blue", "--remove"), 2, "e-mail address"),
        (("capacity", "blue", "s1"), 2, "--from DAY"),
        (("capacity", "blue", "s1", "--hours", "8", *BACKWARDS), 2, "ends before it begins"),
    ],
)
def test_what_cannot_be_is_refused(
    ann: Person, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = ann.says("teams", *arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr


def test_a_ticket_shows_the_team_that_has_it_and_leaves_a_pattern(
    ann: Person, repository: Path, agent: str
) -> None:
    ann.folder = repository
    assert "nothing to learn from" in ok(ann, "patterns")
    ok(ann, "users", "add", LEA, "--role", "MANAGER")
    ok(ann, "teams", "add", "blue", "--skill", "maths")
    ok(ann, "teams", "members", "blue", LEA)
    ok(ann, "teams", "capacity", "blue", "now", "--hours", "40", *DAYS)
    wish = ("--summary", "add subtracts", "--area", "Maths", "--estimate", "6", "--label", "sum")
    ok(ann, "work", "CALC-1", "--repo", ".", *wish, "--agent", agent)
    until(lambda: ann.reads("approvals"))
    assert "team blue: it knows maths; 40 h free, 6 h needed" in ok(ann, "status", "CALC-1")
    assert "team blue" in ok(ann, "why", "CALC-1")
    assert ann.reads("why", "CALC-1")["team"]["team"] == "blue"
    assert "for team blue" in ok(ann, "history", "CALC-1")
    assert "now: 34 of 40 h free" in ok(ann, "teams", "list")
    ok(ann, "reject", "CALC-1", "--comment", "not now", "--as", LEA)
    until(lambda: "40 of 40 h free" in ok(ann, "teams", "list"))
    (pattern,) = ann.reads("patterns")
    assert pattern["signature"]["components"] == ["maths"]
    assert (pattern["usage_count"], pattern["success_count"]) == (1, 0)
    assert "0 of 1 succeeded" in ok(ann, "patterns")


def test_an_area_is_said_of_new_tickets_alone(ann: Person) -> None:
    done = ann.says("work", "CALC-1", "--area", "Maths")
    assert (done.returncode, "--area needs --summary" in done.stderr) == (2, True)
