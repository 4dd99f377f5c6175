"""The order in which a run's phases are shown."""

from contracts.jira_work import PhaseProgress
from contracts.phases import Phase, PhaseStatus
from policy.story_order import in_playbook_order


def told(*phases: str) -> list[PhaseProgress]:
    """A capital first letter alone: it was left out."""
    return [
        PhaseProgress(
            phase=Phase(name.upper()),
            round=1,
            status=PhaseStatus.SKIPPED if name.istitle() else PhaseStatus.COMPLETED,
        )
        for name in phases
    ]


def names(*phases: str) -> list[str]:
    return [str(one.phase) for one in in_playbook_order(told(*phases))]


def test_what_was_left_out_from_the_start_moves_to_its_place() -> None:
    assert names("Explore", "Test", "plan", "code", "document") == [
        *("EXPLORE", "PLAN", "CODE", "TEST", "DOCUMENT")
    ]


def test_what_has_not_come_yet_stands_at_the_end() -> None:
    assert names("Code", "Fix", "explore", "plan") == ["EXPLORE", "PLAN", "CODE", "FIX"]


def test_rounds_and_later_skips_stay_as_they_happened() -> None:
    happened = ("Document", "code", "test", "fix", "test", "Fix")
    assert names(*happened) == ["CODE", "TEST", "FIX", "TEST", "FIX", "DOCUMENT"]
    assert names() == []
