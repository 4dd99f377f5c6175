"""The Markdown of a run's details."""

from datetime import UTC, datetime, timedelta
from typing import Any

from markdown_it import MarkdownIt

from contracts.jira_work import Awaited, Pause, PhaseProgress, WorkOrder
from contracts.phases import Phase, PhaseStatus
from policy.telling import Teller
from workflows.progress import Progress
from workflows.state import state_of
from workflows.story import details_of

HEADING = "|  | phase | round | time |  |"
GAP = "\N{NO-BREAK SPACE}"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def progress(**ended: Any) -> Progress:
    """A run in PLAN, or one in which it ended like this."""
    return told_of(plan(**ended))


def plan(**ended: Any) -> PhaseProgress:
    begun: dict[str, Any] = {"status": PhaseStatus.RUNNING, "started_at": NOW}
    return PhaseProgress(phase=Phase.PLAN, round=1, **(begun | ended))


def told_of(*phases: PhaseProgress) -> Progress:
    return Progress(told=Teller(phases=list(phases)))


def shown(told: Progress) -> list[str]:
    return details_of(told).replace(GAP, "").splitlines()


def test_a_note_cannot_break_the_table() -> None:
    note = "one | two\n| three |\n# four"
    over = NOW + timedelta(seconds=1.5)
    told = progress(status=PhaseStatus.COMPLETED, completed_at=over, note=note)
    rows = [line for line in shown(told) if "PLAN" in line]
    assert len(rows) == 1
    assert rows[0].endswith(" | PLAN | 1 | 1.5 s | one \\| two \\| three \\| \\# four |")


def test_a_long_note_is_cut() -> None:
    told = progress(status=PhaseStatus.FAILED, completed_at=NOW, note="x" * 500)
    assert max(map(len, shown(told))) < 200


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
    skipped = plan(status=PhaseStatus.SKIPPED, completed_at=NOW, note="not wanted")
    left_out = [skipped.model_copy(update={"phase": one}) for one in (Phase.EXPLORE, Phase.TEST)]
    told = told_of(*left_out, plan(), plan().model_copy(update={"phase": Phase.DOCUMENT}))
    order = WorkOrder(issue_key="KEY-1", requested_by="a@x.test")
    phases = [one.phase for one in state_of(told, order, 1).phases]
    assert phases == [Phase.EXPLORE, Phase.PLAN, Phase.TEST, Phase.DOCUMENT]
