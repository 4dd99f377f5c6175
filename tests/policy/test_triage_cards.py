"""What a team is shown of a ticket, within what Discord and Slack take."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.cards import Card, CardField
from contracts.issues import Priority
from contracts.triage import SupportTicket, Told, TriageOutcome, TriageStatus
from policy.triage_cards import (
    COLORS,
    GREY,
    discord_embed,
    slack_attachment,
    triage_card,
    triage_notice,
)
from tests.model_server import GOOD

TICKET = SupportTicket(
    source="hubspot", id="7", subject="Charged twice", body="the body", email="ann@example.org"
)
WORDS = st.text(max_size=3_000)
FIELDS = st.builds(CardField, name=st.text(max_size=400), value=WORDS, short=st.booleans())
CARDS = st.builds(
    Card,
    title=st.text(max_size=400),
    text=WORDS,
    color=st.integers(0, 0xFFFFFF),
    fields=st.lists(FIELDS, max_size=20).map(tuple),
    footer=st.text(max_size=400),
)


def outcome(**changes: Any) -> TriageOutcome:
    told = Told(result=GOOD.model_copy(update=changes), provider="local", model="qwen")
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


@given(card=CARDS)
def test_every_embed_fits_discord(card: Card) -> None:
    embed = discord_embed(card)
    texts = [embed["title"], embed["description"], embed["footer"]["text"]]
    limits = [256, 4_096, 2_048]
    assert all(len(text) <= limit for text, limit in zip(texts, limits, strict=True))
    assert len(embed["fields"]) <= 25
    for field in embed["fields"]:
        assert 1 <= len(field["name"]) <= 256
        assert 1 <= len(field["value"]) <= 1_024
        texts += [field["name"], field["value"]]
    assert sum(map(len, texts)) <= 6_000


@given(card=CARDS)
def test_every_attachment_fits_slack(card: Card) -> None:
    attachment = slack_attachment(card)
    assert len(attachment["blocks"]) <= 50
    for block in attachment["blocks"]:
        texts = [block["text"]] if "text" in block else block.get("fields", block.get("elements"))
        limit = {"header": 150, "section": 3_000, "context": 2_000}[block["type"]]
        assert 1 <= len(texts) <= 10
        for text in texts:
            assert text["type"] == "plain_text"
            assert 1 <= len(text["text"]) <= limit
    assert json.dumps(attachment)


def test_nobody_is_mentioned_and_no_link_is_hidden() -> None:
    words = "@everyone <@1> [a](http://b) `x`"
    shown = discord_embed(Card(title="t", text=words, color=0))["description"]
    assert shown == "\\@everyone \\<\\@1\\> \\[a\\]\\(http://b\\) \\`x\\`"
