"""`acknowledge`: somebody has seen that a service level is broken."""

from pathlib import Path

from tests.cli.person import Person, until


def test_somebody_says_that_they_have_seen_it(ann: Person, repository: Path) -> None:
    nobody = ann.says("acknowledge", "PROJ-1")
    assert (nobody.returncode, "is not being worked" in nobody.stderr) == (3, True)
    quick = ("--clock", "RESOLUTION", "--target", "2s")
    assert ann.says("sla", "define", "Quick", *quick).returncode == 0
    begun = ann.says("work", "PROJ-1", "--repo", str(repository), "--summary", "Add")
    assert begun.returncode == 0, begun.stderr
    until(lambda: len(ann.reads("sla", "PROJ-1")[0]["reached"]) == 3)
    unknown = ann.says("acknowledge", "PROJ-1", "--sla", "Slow")
    assert (unknown.returncode, unknown.stderr) == (
        1,
        "PROJ-1: no such service level is at risk or broken (NOTHING_TO_ACKNOWLEDGE). "
        "What runs and what is late: starter.py sla PROJ-1\n",
    )
    seen = ann.says("acknowledge", "PROJ-1", "--comment", "on it", "--as", "bob@example.org")
    assert (seen.returncode, seen.stdout) == (
        0,
        "PROJ-1: bob@example.org has acknowledged Quick WARNING, Quick CRITICAL, Quick BREACH\n",
    )
    again = ann.says("acknowledge", "PROJ-1")
    assert (again.returncode, "(ALREADY_ACKNOWLEDGED)" in again.stderr) == (1, True)
    by = {one["acknowledged_by"] for one in ann.reads("sla", "PROJ-1")[0]["reached"]}
    assert by == {"bob@example.org"}
    history = ann.says("history", "PROJ-1").stdout
    assert "Quick: broken, its 2.0 s are over" in history
    assert "Quick: BREACH acknowledged: on it (by bob@example.org)" in history
