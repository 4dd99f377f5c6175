"""What is told of each phase in its round."""

import pytest

from contracts.agents import TestReport
from contracts.approvals import DecisionKind
from contracts.events import PhaseSkipped, TestRunCompleted
from contracts.identity import person
from contracts.jira_work import PhaseProgress
from contracts.phases import Phase
from policy.telling import Teller
from tests.cli.facts import Told, began, chained, done, sent_back

MAX = person("max@example.org")
PLANNED = (began(Phase.PLAN), done(Phase.PLAN, "two steps"))
CODED = (began(Phase.CODE), done(Phase.CODE, "rounded"))


def heard(*told: Told) -> list[PhaseProgress]:
    teller = Teller()
    for number, event in enumerate(told):
        teller.hear(chained(number, event, MAX))
    return teller.phases


def ran(*, failed: int) -> Told:
    return Phase.TEST, TestRunCompleted(round=1, report=TestReport(passed=2, failed=failed))


def standing(lines: list[PhaseProgress]) -> list[tuple[str, str]]:
    return [(one.standing, one.note) for one in lines]


def test_a_phase_that_was_sent_back_says_by_whom_and_why() -> None:
    planned = (began(Phase.PLAN), sent_back(), done(Phase.PLAN, "changes were requested"))
    again = (began(Phase.PLAN, 2), done(Phase.PLAN, "one step"))
    assert standing(heard(*planned, *again)) == [
        ("SENT_BACK", "sent back by max@example.org: smaller"),
        ("COMPLETED", "one step"),
    ]


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (DecisionKind.REQUEST_CHANGES, ("SENT_BACK", "sent back by max@example.org: smaller")),
        (DecisionKind.REJECT, ("REJECTED", "rejected by max@example.org: smaller")),
    ],
)
def test_what_is_asked_again_later_can_be_sent_back_then(
    decision: DecisionKind, said: tuple[str, str]
) -> None:
    lines = heard(*PLANNED, *CODED, sent_back(decision))
    assert standing(lines) == [said, ("COMPLETED", "rounded")]


def test_only_the_last_round_of_a_phase_is_sent_back() -> None:
    lines = heard(*PLANNED, *PLANNED, sent_back())
    assert [one.standing for one in lines] == ["COMPLETED", "SENT_BACK"]


def test_that_a_phase_was_left_out_stays_so_where_its_gate_does_not_pass() -> None:
    skipped = (Phase.PLAN, PhaseSkipped(round=1, reason="by option"))
    assert standing(heard(skipped, sent_back())) == [("SKIPPED", "by option")]


def test_red_tests_are_told_as_red_and_their_repair_as_green() -> None:
    red = (began(Phase.TEST), ran(failed=1), done(Phase.TEST, "2 passed, 1 failed"))
    green = (began(Phase.TEST, 2), ran(failed=0), done(Phase.TEST, "2 passed, 0 failed"))
    assert standing(heard(*red, *green)) == [
        ("RED", "red: 2 passed, 1 failed"),
        ("COMPLETED", "2 passed, 0 failed"),
    ]


def test_of_several_runs_of_tests_in_a_phase_the_last_one_counts() -> None:
    lines = heard(began(Phase.TEST), ran(failed=1), ran(failed=0), done(Phase.TEST, "fine"))
    assert standing(lines) == [("COMPLETED", "fine")]


def test_a_phase_runs_until_it_ends_however_its_tests_went() -> None:
    assert [one.standing for one in heard(began(Phase.TEST), ran(failed=1))] == ["RUNNING"]
