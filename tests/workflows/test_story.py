"""The Markdown of a run's details."""

from datetime import UTC, datetime, timedelta

from markdown_it import MarkdownIt

from contracts.agents import TestReport
from contracts.events import PhaseFailed, PhaseSkipped, TestRunCompleted
from contracts.jira_work import Awaited, Pause, WorkOrder
from contracts.phases import Phase
from tests.cli.facts import Told, began, chain, done, sent_back
from workflows.progress import Progress
from workflows.state import state_of
from workflows.story import details_of

HEADING = "|  | phase | round | time |  |"
GAP = "\N{NO-BREAK SPACE}"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
RED = TestRunCompleted(round=1, report=TestReport(passed=1, failed=1))


def progress(*events: Told) -> Progress:
    """Of a run in which PLAN has begun, and what else was recorded."""
    progress = Progress()
    for event in chain(*events or (began(Phase.PLAN),)):
        progress.told.hear(event)
    return progress


def shown(told: Progress) -> list[str]:
    return details_of(told).replace(GAP, "").splitlines()


def test_a_note_cannot_break_the_table() -> None:
    note = "one | two\n| three |\n# four"
    told = progress(began(Phase.PLAN), done(Phase.PLAN, note))
    rows = [line for line in shown(told) if "PLAN" in line]
    assert len(rows) == 1
    assert rows[0] == "| ✔ | PLAN | 1 | 1.0 s | one \\| two \\| three \\| \\# four |"


def test_a_long_note_is_cut() -> None:
    broken = PhaseFailed(round=1, duration=timedelta(), error_type="x", reason="x" * 500)
    told = progress(began(Phase.PLAN), (Phase.PLAN, broken))
    assert max(map(len, shown(told))) < 200


def test_red_tests_and_what_was_sent_back_have_no_mark_of_success() -> None:
    told = progress(
        began(Phase.PLAN),
        sent_back(),
        done(Phase.PLAN, "changes were requested"),
        began(Phase.TEST),
        (Phase.TEST, RED),
        done(Phase.TEST, "1 passed, 1 failed"),
    )
    first, second = shown(told)[-4:-2]
    assert first == "| ↩ | PLAN | 1 | 2.0 s | sent back by slipway: smaller |"
    assert second == "| ✘ | TEST | 1 | 2.0 s | red: 1 passed, 1 failed |"


def test_who_is_awaited_stands_above_the_table() -> None:
    told = progress()
    told.awaited = Awaited(what="approval plan", whom="admin", since=NOW)
    lines = shown(told)
    assert "waits for **approval plan** from admin" in lines[: lines.index(HEADING)]


def test_what_stands_above_the_table_are_paragraphs_and_its_columns_keep_apart() -> None:
    told = progress()
    told.awaited = Awaited(what="approval plan", whom="admin", since=NOW)
    told.rest = Pause(by="<b>max</b>@x.test")
    html = MarkdownIt().enable("table").render(details_of(told))
    assert html.startswith(
        "<p><strong>ACTIVE</strong></p>\n"
        "<p>waits for <strong>approval plan</strong> from admin</p>\n"
        "<p>pauses after this, as &lt;b&gt;max&lt;/b&gt;@x.test asked</p>\n<table>"
    )
    assert f"| PLAN{GAP * 2} | 1{GAP * 2} |" in details_of(told)


def test_what_is_left_out_stands_at_its_place() -> None:
    left_out = [
        (phase, PhaseSkipped(round=1, reason="not wanted")) for phase in (Phase.EXPLORE, Phase.TEST)
    ]
    told = progress(*left_out, began(Phase.PLAN), began(Phase.DOCUMENT))
    order = WorkOrder(issue_key="KEY-1", requested_by="a@x.test")
    phases = [one.phase for one in state_of(told, order, 1).phases]
    assert phases == [Phase.EXPLORE, Phase.PLAN, Phase.TEST, Phase.DOCUMENT]
