"""The table of limits, an operator's changes, and the arithmetic of a bucket."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.limits import Limit, Outage
from errors import PermanentError
from policy.limits import DEFAULTS, Bucket, limits_with

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def test_the_defaults_are_those_of_the_seeds() -> None:
    assert {scope: (limit.tokens, limit.per) for scope, limit in DEFAULTS.items()} == {
        "api": (100, MINUTE),
        "agent_starts": (50, MINUTE),
        "notifications": (10, MINUTE),
        "mcp": (60, MINUTE),
        "jira_tenant": (100, SECOND),
        "jira_issue_burst": (20, 2 * SECOND),
        "jira_issue": (100, 30 * SECOND),
        "webhooks": (600, MINUTE),
        "approval_link": (30, 15 * MINUTE),
        "login": (5, 15 * MINUTE),
        "llm_tokens": (1_000_000, MINUTE),
    }


def test_what_protects_money_or_a_login_closes_without_redis() -> None:
    closed = {scope for scope, limit in DEFAULTS.items() if limit.outage is Outage.CLOSED}
    assert closed == {"login", "llm_tokens"}


def test_an_operator_changes_one_and_leaves_the_rest() -> None:
    limits = limits_with({"api": "7/90s:open", "login": "3/1h"})
    assert limits["api"] == Limit(scope="api", tokens=7, per=90 * SECOND, outage=Outage.OPEN)
    assert (limits["login"].per, limits["login"].outage) == (60 * MINUTE, Outage.CLOSED)
    assert limits["mcp"] == DEFAULTS["mcp"]


@pytest.mark.parametrize("text", ["", "0/1m", "5/0s", "5", "5/m:shut", "-1/1m", "5/1d", "5/000s"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(PermanentError, match="api"):
        limits_with({"api": text})


def test_a_name_that_is_no_limit_is_refused() -> None:
    with pytest.raises(PermanentError, match="no limit is called 'apis'"):
        limits_with({"apis": "5/1m"})


@given(
    tokens=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 10)), max_size=50),
)
def test_a_bucket_never_gives_more_than_its_time_allows(
    tokens: int, steps: list[tuple[float, int]]
) -> None:
    limit = Limit(scope="x", tokens=tokens, per=10 * SECOND)
    bucket, now, taken = Bucket(), 0.0, 0
    for pause, weight in steps:
        now += pause
        draw = bucket.draw(limit, weight, now)
        if not draw.wait:
            bucket, taken = draw.bucket, taken + weight
        assert taken <= tokens + now * tokens / 10 + 1e-6


@given(tokens=st.integers(1, 50), weights=st.lists(st.integers(1, 5), max_size=40))
def test_who_waits_as_told_is_served(tokens: int, weights: list[int]) -> None:
    limit = Limit(scope="x", tokens=tokens, per=10 * SECOND)
    bucket, now = Bucket(), 0.0
    for weight in (weight for weight in weights if weight <= tokens):
        draw = bucket.draw(limit, weight, now)
        if draw.wait:
            now += draw.wait + 1e-6
            draw = bucket.draw(limit, weight, now)
        assert not draw.wait
        bucket = draw.bucket


def test_a_closed_bucket_opens_with_one_token() -> None:
    limit = Limit(scope="x", tokens=10, per=10 * SECOND)
    closed = Bucket().closed(limit, until=100.0)
    assert closed.draw(limit, 1, 60.0).wait == pytest.approx(40)
    assert not closed.draw(limit, 1, 100.0).wait
    assert closed.draw(limit, 2, 100.0).wait == pytest.approx(1)
