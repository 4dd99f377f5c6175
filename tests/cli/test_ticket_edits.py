"""`edit`, as people use it."""

from pathlib import Path

from tests.cli.person import Person, until

LEAD = "lead@example.org"


def test_an_edited_ticket_is_asked_about_again(ann: Person, repository: Path, agent: str) -> None:
    ann.folder = repository
    assert ann.says("users", "add", LEAD, "--role", "MANAGER").returncode == 0
    work = ("work", "CALC-1", "--repo", ".", "--summary", "add subtracts", "--agent", agent)
    assert ann.says(*work).returncode == 0
    (before,) = until(lambda: ann.reads("approvals"))
    done = ann.says("edit", "CALC-1", "--summary", "add must add")
    assert (done.returncode, "asked again" in done.stdout) == (0, True), done.stderr
    assert "Agents go on by the ticket as it read when the work began." in done.stdout
    assert "starter.py guide CALC-1 TEXT" in done.stdout
    (after,) = until(
        lambda: [one for one in ann.reads("approvals") if one["revision"] == before["revision"] + 1]
    )
    assert after["gate"] == before["gate"]
    why = ann.says("why", "CALC-1").stdout
    assert "the ticket was changed; agents go on by how it read when the work began" in why
    assert "title: “add subtracts” is now “add must add”" in why
    edit = {"field": "title", "before": "add subtracts", "after": "add must add"}
    assert ann.reads("why", "CALC-1")["edits"] == [edit]
    again = ann.says("edit", "CALC-1", "--summary", "add must add")
    assert (again.returncode, again.stdout) == (0, "CALC-1 reads so already.\n")
    for said in ("CALC-1 is changed.", "CALC-1 reads so already."):
        raised = ann.says("edit", "CALC-1", "--priority", "critical", "--type", "bug")
        assert (raised.returncode, raised.stdout.startswith(said)) == (0, True), raised.stdout
    assert ann.says("cancel", "CALC-1").returncode == 0


def test_what_cannot_be_edited_is_refused(ann: Person) -> None:
    assert ann.says("edit", "CALC-1").returncode == 2
    unknown = ann.says("edit", "CALC-1", "--priority", "huge")
    assert (unknown.returncode, "'huge' is not a priority" in unknown.stderr) == (2, True)
    missing = ann.says("edit", "CALC-9", "--summary", "add")
    assert (missing.returncode, "no ticket CALC-9" in missing.stderr) == (3, True)
