"""What a team is shown of a ticket."""

from typing import Any

import pytest

from contracts.issues import Priority
from contracts.triage import SupportTicket, TriageAnswer, TriageOutcome, TriageStatus
from policy.support_cards import (
    COLORS,
    GREY,
    triage_card,
    triage_notice,
)
from tests.model_server import GOOD

TICKET = SupportTicket(
    source="hubspot", id="7", subject="Charged twice", body="the body", email="ann@example.org"
)


def outcome(**changes: Any) -> TriageOutcome:
    told = TriageAnswer(result=GOOD.model_copy(update=changes), provider="local", model="qwen")
    return TriageOutcome(status=TriageStatus.TRIAGED, told=told)


LOST = TriageOutcome(status=TriageStatus.FAILED, reason="local answered 500")


@pytest.mark.parametrize("priority", list(Priority))
def test_the_colour_is_the_priority(priority: Priority) -> None:
    card = triage_card(TICKET, outcome(priority=priority))
    assert card.color == COLORS[priority]
    assert len(set(COLORS.values())) == len(Priority)


def test_the_footer_names_the_provider() -> None:
    assert triage_card(TICKET, outcome()).footer == "Triaged by local (qwen)"


def test_a_failure_is_grey_and_says_how_to_go_on() -> None:
    card = triage_card(TICKET, LOST)
    assert card.color == GREY
    assert "starter.py triage retry hubspot:7" in [field.value for field in card.fields]
    assert "local answered 500" in [field.value for field in card.fields]


def test_neither_body_nor_address_is_in_a_notice() -> None:
    for ended in (outcome(), LOST):
        notice = triage_notice(TICKET, ended).model_dump_json()
        assert "the body" not in notice
        assert "ann@" not in notice


def test_a_ticket_is_one_fact_however_it_is_judged() -> None:
    first, second = outcome(), outcome(priority=Priority.LOW)
    assert triage_notice(TICKET, first).key == triage_notice(TICKET, second).key
    assert triage_notice(TICKET, first).key != triage_notice(TICKET, LOST).key


def test_another_text_of_a_ticket_is_another_fact() -> None:
    edited = TICKET.model_copy(update={"body": "another body"})
    elsewhere = TICKET.model_copy(update={"email": "max@example.org"})
    key = triage_notice(TICKET, outcome()).key
    assert triage_notice(edited, outcome()).key != key
    assert triage_notice(elsewhere, outcome()).key == key
