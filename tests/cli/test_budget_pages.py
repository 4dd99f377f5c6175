"""`budget show`, as people read it."""

from decimal import Decimal

from cli.budget_pages import of_day, page
from contracts.budgets import Caps, DayBudget, Grant

WAITING = {
    "reason": "500 of 450 tokens of this work are used",
    "people": ["ann@example.org", "\x1b[31mbob@example.org"],
    "whom": "manager",
    "since": "2026-01-07T12:00:00+00:00",
    "why": "nobody is manager: admin may as well",
}


def test_a_tickets_budget_is_told_in_lines_and_not_as_it_is_kept() -> None:
    kept = {
        "caps": {"agent": {"tokens": 2_000, "cost": "1.50"}, "orchestration": {"tokens": 450}},
        "granted": {"tokens": 1_000, "cost": "0", "rounds": 2, "time": "PT30M"},
        "waiting": WAITING,
    }
    assert list(page("CALC-1", (500, Decimal("0.250000")), kept)) == [
        "CALC-1",
        "  tokens  500 used by this work, of 1,450 (1,000 of it granted on top)",
        "  money   0.25 used by this work, no cap",
        "  also granted: 2 repair rounds, 30 min 00 s for an agent",
        "  each run of an agent may use 2,000 tokens and 1.5 of money",
        "  waits for more since 2026-01-07 12:00 UTC: 500 of 450 tokens of this work are used",
        "    asked: ann@example.org, [31mbob@example.org",
        "    nobody is manager: admin may as well",
        "    grant more: starter.py budget raise CALC-1; end it: starter.py budget refuse CALC-1",
    ]


def test_who_holds_no_name_is_asked_by_role() -> None:
    said = list(page("CALC-1", (0, Decimal(0)), {"waiting": {**WAITING, "people": []}}))
    assert "    asked: manager" in said


def test_a_ticket_without_budget_has_no_caps() -> None:
    assert list(page("CALC-1", (0, Decimal(0)), {})) == [
        "CALC-1",
        "  tokens  0 used by this work, no cap",
        "  money   0 used by this work, no cap",
    ]


def test_a_day_says_what_was_granted_on_top_of_its_caps() -> None:
    day = DayBudget(
        caps=Caps(tokens=2_000, cost=Decimal("12.50")),
        granted=Grant(cost=Decimal(5)),
        tokens=1_999,
        cost=Decimal("13.1"),
    )
    assert list(of_day(day)) == [
        "tokens  1,999 used today (UTC), of 2,000",
        "money   13.1 used today (UTC), of 17.5 (5 of it granted on top)",
    ]
