"""The Markdown of a run's details."""

from datetime import UTC, datetime, timedelta

from contracts.jira_work import Awaited
from contracts.phases import Phase
from policy.phases import Step
from workflows.progress import Progress
from workflows.story import details_of

HEADING = "| | phase | round | time | |"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def progress() -> Progress:
    progress = Progress()
    progress.begin(Step(Phase.PLAN), NOW)
    return progress


def test_a_note_cannot_break_the_table() -> None:
    told = progress()
    told.end("COMPLETED", NOW + timedelta(seconds=1.5), "one | two\n| three |\n# four")
    rows = [line for line in details_of(told).splitlines() if "PLAN" in line]
    assert len(rows) == 1
    assert rows[0].endswith(" | PLAN | 1 | 1.5 s | one \\| two \\| three \\| \\# four |")


def test_a_long_note_is_cut() -> None:
    told = progress()
    told.end("FAILED", NOW, "x" * 500)
    assert max(map(len, details_of(told).splitlines())) < 200


def test_who_is_awaited_stands_above_the_table() -> None:
    told = progress()
    told.awaited = Awaited(what="approval plan", whom="admin", since=NOW)
    lines = details_of(told).splitlines()
    assert "waits for **approval plan** from admin" in lines[: lines.index(HEADING)]
