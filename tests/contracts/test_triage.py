"""Customers' tickets, made to look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.triage import SupportTicket, TicketRef

ANY = st.text(alphabet=st.characters(), max_size=1_500)


def ticket(**rest: object) -> SupportTicket:
    given = {"source": "hubspot", "id": "1", "subject": "s", "body": "b", **rest}
    return SupportTicket.model_validate(given)


def test_what_is_too_long_is_cut_and_says_so() -> None:
    cut = ticket(subject="s" * 501, body="b" * 100_001)
    assert (len(cut.subject), len(cut.body)) == (500, 100_000)
    assert "more characters" in cut.subject
    assert "more characters" in cut.body


def test_neither_nul_nor_half_a_character_comes_through() -> None:
    assert ticket(subject="a\x00b\nc", body="x\ud800y").model_dump_json()
    assert ticket(subject="a\x00b\nc").subject == "ab c"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (" Ann@Example.ORG ", "ann@example.org"),
        ("no address", None),
        ("a@b\r\nBcc: c@d", None),
        ("x" * 250 + "@y.org", None),
        (17, None),
    ],
)
def test_an_address_is_one_or_none(said: object, kept: str | None) -> None:
    assert ticket(email=said).email == kept


def test_body_and_address_are_not_shown_by_accident() -> None:
    shown = repr(ticket(subject="the subject", body="the body", email="ann@example.org"))
    assert not any(word in shown for word in ("the body", "the subject", "ann@"))
    with pytest.raises(ValidationError) as caught:
        ticket(id="", body="the body", extra="the body")
    assert "the body" not in str(caught.value)


@pytest.mark.parametrize("id_", ["", "a b", "x" * 256, "é", "a\n"])
def test_an_id_fits_every_store(id_: str) -> None:
    with pytest.raises(ValidationError):
        ticket(id=id_)


def test_a_fact_names_one_ticket_alone() -> None:
    refs = [
        TicketRef(organization=organization, source=source, id=id_)
        for organization in ("a", "a-b")
        for source in ("b", "b-c")
        for id_ in ("1", "c-1", "x" * 255)
    ]
    facts = {ref.fact for ref in refs}
    assert len(facts) == len(refs)
    assert max(map(len, facts)) < 60


@given(subject=ANY, body=ANY, email=ANY, tier=ANY, area=ANY)
def test_any_text_makes_a_ticket(subject: str, body: str, email: str, tier: str, area: str) -> None:
    made = ticket(subject=subject, body=body, email=email, tier=tier, product_area=area)
    assert SupportTicket.model_validate_json(made.model_dump_json()) == made
