"""Every limit that is declared, by its own numbers: who needs one only has to name it."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from cache.keys import Keys
from cache.limits import Limits
from contracts.limits import Claim, Outage
from errors import RetryLaterError
from policy.limits import DEFAULTS, limits_with

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
TENANT, ISSUE, OTHER = "site.atlassian.net", "PROJ-1", "PROJ-2"


def write_to(issue: str, weight: int = 1) -> tuple[Claim, ...]:
    """What an adapter claims for a write to one issue: the tenant's bucket and both windows of the
    issue. Each second of theirs is an hour here: while a test runs hardly a token comes back."""
    tenant, *windows = (
        DEFAULTS[scope].model_copy(update={"per": DEFAULTS[scope].per / SECOND * HOUR})
        for scope in ("jira_tenant", "jira_issue_burst", "jira_issue")
    )
    claims = [Claim(limit=window, of=(TENANT, issue), weight=weight) for window in windows]
    return Claim(limit=tenant, of=(TENANT,), weight=weight), *claims


@pytest.mark.parametrize("scope", DEFAULTS)
async def test_it_lets_its_number_pass_and_says_when_the_next_one_may(
    redis: Redis, keys: Keys, scope: str
) -> None:
    # The same number in eleven years: while this test runs hardly a token comes back.
    limit = limits_with({scope: f"{DEFAULTS[scope].tokens}/99999h"})[scope]
    limits, claim = Limits(redis, keys), Claim(limit=limit, of=("client", "tool"))
    taken = await limits.require(claim.model_copy(update={"weight": limit.tokens}))
    assert taken.remaining == 0
    with pytest.raises(RetryLaterError) as later:
        await limits.require(claim)
    assert 0.9 < later.value.delay / (limit.per / limit.tokens) <= 1


@pytest.mark.parametrize("scope", DEFAULTS)
async def test_without_redis_it_does_what_it_declares(
    nowhere: Redis, keys: Keys, scope: str
) -> None:
    limits, limit = Limits(nowhere, keys), DEFAULTS[scope]
    claim = Claim(limit=limit, of=("client", "tool"), weight=limit.tokens)
    if limit.outage is Outage.CLOSED:
        with pytest.raises(RetryLaterError):
            await limits.require(claim)
    else:
        assert (await limits.require(claim)).remaining == 0
    assert limits.outages == {f"{scope}:{limit.outage}": 1}


async def test_both_windows_of_an_issue_and_its_tenant_hold_at_once(
    redis: Redis, keys: Keys
) -> None:
    limits = Limits(redis, keys)
    assert (await limits.require(*write_to(ISSUE, 20))).remaining == 0
    with pytest.raises(RetryLaterError) as burst:
        await limits.require(*write_to(ISSUE, 20))
    assert burst.value.delay <= 2 * HOUR
    # Another issue has windows of its own, and what was refused has taken nothing of the tenant.
    verdicts = [await limits.take(*write_to(f"PROJ-{number}", 20)) for number in range(2, 6)]
    assert all(verdict.allowed for verdict in verdicts)


async def test_the_long_window_counts_what_the_short_one_has_forgotten(
    redis: Redis, keys: Keys
) -> None:
    limits = Limits(redis, keys)
    for _ in range(5):
        assert (await limits.take(*write_to(ISSUE, 20)[1:])).allowed
        # As if its time had passed: the server's clock can't be set.
        await redis.unlink(keys.rate_limit("jira_issue_burst", TENANT, ISSUE))
    refused = await limits.take(*write_to(ISSUE, 20)[1:])
    # As long as 20 of 100 in 30 hours take to come back.
    assert 5 < refused.wait / HOUR <= 6
    assert not refused.allowed
    burst = write_to(ISSUE)[1]
    assert (await limits.take(burst)).remaining == 19


async def test_clients_and_tools_have_buckets_of_their_own(redis: Redis, keys: Keys) -> None:
    limits, limit = Limits(redis, keys), DEFAULTS["mcp"]
    drained = Claim(limit=limit, of=("client", "search"), weight=limit.tokens)
    assert (await limits.take(drained)).allowed
    for of in (("client", "write"), ("another", "search")):
        assert (await limits.take(Claim(limit=limit, of=of))).remaining == limit.tokens - 1
    assert not (await limits.take(drained)).allowed
