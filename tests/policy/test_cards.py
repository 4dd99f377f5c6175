"""Cards, within what Discord and Slack take."""

import json

from hypothesis import given
from hypothesis import strategies as st

from contracts.cards import Card, CardField
from policy.cards import as_text, discord_embed, slack_attachment

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


def test_a_card_can_be_plain_text() -> None:
    field = CardField(name="Why", value="because")
    assert as_text(Card(title="t", text="It fell.", color=0, fields=(field,), footer="us")) == (
        "It fell.\nWhy: because\nus"
    )
