"""Kinds of work: one form for each, and what is near to what."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts.issues import IssueType, Ticket
from contracts.patterns import Precedent, Signature
from policy.patterns import (
    TOP,
    Past,
    expected_signature,
    name_of,
    nearest,
    nearness,
    pattern_id,
    precedent_of,
    signature_of,
    top_folders,
    whereabouts,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ACME, OTHER = UUID(int=1), UUID(int=2)
NAMES = st.lists(st.sampled_from(("billing", "login", "search", "api")), max_size=4, unique=True)
SIGNATURES = st.builds(
    Signature,
    type=st.sampled_from(IssueType),
    labels=NAMES.map(tuple),
    components=NAMES.map(tuple),
    paths=NAMES.map(tuple),
)
PASTS = st.builds(
    Past,
    issue_key=st.sampled_from([f"KEY-{n}" for n in range(1, 9)]),
    success=st.booleans(),
    summary=st.just("done"),
    ended_at=st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours)),
    signature=st.none() | SIGNATURES,
    words=st.floats(0, 1),
    cancelled=st.none() | st.just("no need"),
)


def past(key: str, *, hours: int = 0, words: float = 0.0, **of: object) -> Past:
    signature = Signature.model_validate({"type": "BUG", **of})
    ended_at = NOON + timedelta(hours=hours)
    return Past(key, True, "done", ended_at, signature=signature, words=words)


BILLING = Signature(
    type=IssueType.BUG, labels=("rounding",), components=("billing",), paths=("src/shop",)
)


def test_a_signature_is_the_same_whatever_the_order_and_the_case() -> None:
    files = ["src/shop/b.py", "src/shop/a.py", "src/api/c.py"]
    one = Ticket(key="KEY-1", title="T", labels=("Rounding", "UI "), area="Billing")
    other = Ticket(key="KEY-2", title="U", labels=("ui", "rounding", "ROUNDING"), area="billing")
    assert signature_of(one, files) == signature_of(other, files[::-1])
    assert signature_of(one).labels == ("rounding", "ui")


def test_top_folders_look_into_folders_that_say_nothing() -> None:
    files = ["src/shop/deep/money.py", "web/page.py", "setup.py", "services/mail/x.go"]
    assert top_folders(files) == (".", "services/mail", "src/shop", "web")


def test_tests_and_texts_count_only_where_nothing_else_changed() -> None:
    assert top_folders(["shop/a.py", "tests/test_a.py", "README.md"]) == ("shop",)
    assert top_folders(["tests/test_a.py", "docs/a.md"]) == ("docs", "tests")


def test_of_many_folders_those_with_the_most_files_are_kept() -> None:
    files = [f"f{n}/x{k}.py" for n in range(9) for k in range(n + 1)]
    assert top_folders(files) == ("f4", "f5", "f6", "f7", "f8")


def test_the_paths_that_a_ticket_names_are_expected_to_change() -> None:
    text = "See src/shop/money.py and https://example.org/a/b.html; /etc/passwd is not ours."
    ticket = Ticket(key="KEY-1", title="Totals", description=text)
    assert expected_signature(ticket).paths == ("src/shop",)


@given(SIGNATURES, SIGNATURES)
def test_a_pattern_is_its_organization_and_its_signature(one: Signature, two: Signature) -> None:
    assert (pattern_id(ACME, one) == pattern_id(ACME, two)) == (one == two)
    assert pattern_id(ACME, one) != pattern_id(OTHER, one)


def test_patterns_keep_the_ids_that_they_have_in_the_tables() -> None:
    """Made otherwise, the outcomes of later versions would come under new patterns."""
    assert pattern_id(ACME, BILLING) == UUID("44f19ae2-7c8e-5858-96dc-79368508c1a5")
    assert name_of(BILLING) == "BUG in billing, labelled rounding, under src/shop"


def test_a_change_beside_no_folder_is_at_the_top() -> None:
    assert top_folders(["calc.py"]) == (TOP,)
    assert whereabouts((TOP,)) == "at the top of the repository"
    assert whereabouts((TOP, "docs"), "`{}`") == "under `docs` and at the top of the repository"


def test_where_it_was_done_is_nearer_than_what_it_was_called() -> None:
    pasts = [
        past("KEY-1", labels=("rounding",)),
        past("KEY-2", components=("billing",)),
        past("KEY-3", paths=("src/shop",)),
        past("KEY-4", labels=("rounding",), components=("billing",)),
    ]
    found = nearest(BILLING, pasts, 4)
    assert [one.issue_key for one in found] == ["KEY-4", "KEY-2", "KEY-3", "KEY-1"]
    assert found[0].because == "same area: billing, same label: rounding"
    assert found[2].paths == ("src/shop",)


def test_to_be_of_the_same_type_is_not_enough() -> None:
    assert nearest(BILLING, [past("KEY-1")], 3) == ()
    assert nearest(BILLING, [past("KEY-1", words=0.2)], 3)[0].because == "similar words"


def test_of_equally_near_ones_the_newest_comes_first() -> None:
    pasts = [past(f"KEY-{hours}", hours=hours, components=("billing",)) for hours in (1, 2)]
    assert [one.issue_key for one in nearest(BILLING, pasts, 1)] == ["KEY-2"]


def test_a_ticket_that_was_worked_twice_stands_there_once_with_its_last_outcome() -> None:
    first = Past("KEY-1", False, "red", NOON, signature=BILLING)
    second = Past("KEY-1", True, "green", NOON + timedelta(hours=1), signature=BILLING)
    (found,) = nearest(BILLING, [second, first], 3)
    assert (found.success, found.summary) == (True, "green")


def test_an_attempt_that_was_cancelled_is_told_only_where_there_is_no_other() -> None:
    ended = Past("KEY-1", True, "green", NOON, signature=BILLING)
    later = NOON + timedelta(hours=1)
    cancelled = Past("KEY-1", False, "half", later, signature=BILLING, cancelled="no need")
    (found,) = nearest(BILLING, [cancelled, ended], 3)
    assert (found.summary, found.cancelled) == ("green", None)
    (found,) = nearest(BILLING, [cancelled], 3)
    assert (found.success, found.cancelled) == (False, "no need")


def test_of_equally_near_ones_what_was_cancelled_comes_last() -> None:
    later = NOON + timedelta(hours=1)
    cancelled = Past("KEY-2", False, "", later, signature=BILLING, cancelled="")
    ended = Past("KEY-1", False, "red", NOON, signature=BILLING)
    assert [one.issue_key for one in nearest(BILLING, [cancelled, ended], 3)] == ["KEY-1", "KEY-2"]


@given(SIGNATURES, PASTS)
def test_nothing_is_nearer_than_the_same_kind_in_the_same_words(
    wanted: Signature, other: Past
) -> None:
    same = Past("KEY-1", True, "", NOON, signature=wanted, words=1.0)
    assert 0 <= nearness(wanted, other) <= nearness(wanted, same)


@given(SIGNATURES, SIGNATURES)
def test_nearness_is_the_same_from_both_ends(one: Signature, two: Signature) -> None:
    assert nearness(one, Past("KEY-1", True, "", NOON, signature=two)) == nearness(
        two, Past("KEY-2", True, "", NOON, signature=one)
    )


@given(SIGNATURES, st.lists(PASTS, max_size=12), st.randoms(use_true_random=False))
def test_the_nearest_do_not_hang_on_the_order_in_which_they_came(
    wanted: Signature, pasts: list[Past], chance: random.Random
) -> None:
    unique = list({(one.issue_key, one.ended_at): one for one in pasts}.values())
    shuffled = chance.sample(unique, len(unique))
    found = nearest(wanted, unique, 3)
    assert found == nearest(wanted, shuffled, 3)
    assert len({one.issue_key for one in found}) == len(found) <= 3


def test_a_precedent_adds_up_what_was_done_in_whatever_folder() -> None:
    elsewhere = BILLING.model_copy(update={"paths": ("web",)})
    other = BILLING.model_copy(update={"components": ("login",)})
    found = precedent_of(BILLING, [(BILLING, 3, 2), (elsewhere, 1, 1), (other, 5, 5)])
    kind = "BUG in billing, labelled rounding"
    assert found == Precedent(kind=kind, worked=4, succeeded=3)


def test_a_type_alone_is_no_precedent() -> None:
    bug = Signature(type=IssueType.BUG)
    assert precedent_of(bug, [(bug, 3, 2)]) is None
    assert precedent_of(BILLING, []) is None
