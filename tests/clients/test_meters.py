"""What programs say of their use, picked out of whatever else they print."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.meters import MAX_LINE, Meter, without_progress
from contracts.agents import Usage
from contracts.budgets import Bound, Measure, Scope


def line(**used: object) -> bytes:
    return json.dumps({"progress": used}).encode() + b"\n"


def bound(limit: int) -> Bound:
    return Bound(scope=Scope.AGENT, measure=Measure.TOKENS, limit=limit)


def test_the_largest_numbers_count() -> None:
    meter = Meter()
    meter.hear(line(tokens_in=10, cost="0.5") + line(tokens_in=7, tokens_out=3))
    assert (meter.used.tokens_in, meter.used.tokens_out, str(meter.used.cost)) == (10, 3, "0.5")


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=5), st.lists(st.integers(1, 40)))
def test_lines_are_read_however_they_are_cut(totals: list[int], cuts: list[int]) -> None:
    meter, said = Meter(), b"hello\n" + b"".join(line(tokens_out=one) for one in totals)
    for cut in cuts:
        meter.hear(said[:cut])
        said = said[cut:]
    meter.hear(said)
    assert meter.used.tokens_out == max(totals)


@given(st.binary(max_size=300))
def test_whatever_else_is_said_is_passed_over(noise: bytes) -> None:
    meter = Meter()
    meter.hear(noise + b"\n" + line(tokens_in=5))
    assert meter.used.tokens_in == 5


@pytest.mark.parametrize(
    "said",
    [
        b'{"progress": {"tokens_in": -1}}\n',
        b'{"progress": {"tokens_in": 1e99}}\n',
        b'{"progress": {"tokens_in": 5}\n',
        b'{"progress": [5]}\n',
        b'{"progress": {"tokens_in": 5}, "more": 1}\n',
        b'{"progress": {"tokens_in": 5, "tokens_in": 5}}\n',
        b'say {"progress": {"tokens_in": 5}}\n',
        b'{"progress": {"tokens_in": 5}}' + b" " * MAX_LINE + b"\n",
        b'{"progress": {"tokens_in": 5}}',
    ],
)
def test_what_cannot_be_read_changes_nothing(said: bytes) -> None:
    meter = Meter((bound(1),))
    meter.hear(said)
    assert (meter.used, meter.over) == (Usage(), None)


def test_the_cap_that_is_passed_first_is_kept() -> None:
    meter = Meter((bound(10),))
    meter.hear(line(tokens_in=10))
    assert meter.over is None
    meter.hear(line(tokens_in=11) + line(tokens_in=50))
    assert meter.over is not None
    assert meter.over.spent == 11


def test_who_listens_hears_of_each_change_once() -> None:
    heard: list[Usage] = []
    Meter(tell=heard.append).hear(line(tokens_in=1) + line(tokens_in=1) + line(tokens_in=2))
    assert [one.tokens_in for one in heard] == [1, 2]


def test_lines_of_progress_are_no_words_for_people() -> None:
    said = b"one\n" + line(tokens_in=1) + b"two\n  " + line(tokens_in=2) + b"three"
    assert without_progress(said) == b"one\ntwo\nthree"
    assert without_progress(b"nothing\r\n") == b"nothing\r\n"
