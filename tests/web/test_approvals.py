"""Approval pages from outside: strict headers, one answer to all who guess, and calm in outages."""

import base64
import re
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
from httpx2 import AsyncClient
from redis.asyncio import Redis

from cache.connection import open_redis
from db.engine import Sessions, open_sessions
from stack.addresses import Addresses
from tests.web.gate import NewGateway, running, settings_with
from web.style import STYLE

TOKEN = "x" * 43
NOWHERE = "127.0.0.1:1"
FORM = {"decision": "APPROVE", "comment": ""}


@pytest.fixture
async def strict(new_gateway: NewGateway, redis: Redis) -> AsyncIterator[str]:
    """With limits of its own: the tests' callers all have one address."""
    limits = {"login": "5/15m", "api": "30/1m"}
    await redis.delete(*[key async for key in redis.scan_iter("*rate_limit:login*")] or ["none"])
    await redis.delete(*[key async for key in redis.scan_iter("*rate_limit:api*")] or ["none"])
    async with new_gateway(slipway_limits=limits) as url:
        yield url


async def test_a_page_loads_nothing_and_is_kept_nowhere(strict: str, http: AsyncClient) -> None:
    shown = await http.get(f"{strict}/approvals/{TOKEN}")
    assert shown.status_code == 404
    style = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
    assert shown.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "noindex" in shown.headers["x-robots-tag"]
    assert "set-cookie" not in shown.headers
    assert STYLE in shown.text
    assert re.search(r"<script|\bon\w+=|src=|javascript:|https?://", shown.text) is None


@pytest.mark.parametrize("token", ["x", TOKEN, "a%20b", "x" * 500, "..%2f..%2fetc"])
async def test_whoever_guesses_learns_nothing(strict: str, http: AsyncClient, token: str) -> None:
    answers = [
        await http.get(f"{strict}/approvals/{token}"),
        await http.post(f"{strict}/approvals/{token}", data=FORM),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert all("leads nowhere" in answer.text or "%2f" in token for answer in answers)


async def test_after_five_wrong_tokens_an_address_must_wait(strict: str, http: AsyncClient) -> None:
    codes = [(await http.get(f"{strict}/approvals/{TOKEN}")).status_code for _ in range(5)]
    assert codes == [404] * 5
    late = await http.get(f"{strict}/approvals/{TOKEN}")
    assert (late.status_code, "Too many tries" in late.text) == (429, True)
    assert 1 <= int(late.headers["retry-after"]) <= 180


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"decision": "APPROVE"}', 400),
        ("application/x-www-form-urlencoded", b"", 400),
        ("application/x-www-form-urlencoded", b"decision=APPROVE&decision=REJECT", 400),
        ("application/x-www-form-urlencoded", b"decision=DELETE", 400),
        ("application/x-www-form-urlencoded", b"decision=REJECT&comment=%ff", 400),
        ("application/x-www-form-urlencoded", b"decision=REJECT&comment=" + b"x" * 20_000, 400),
        ("application/x-www-form-urlencoded", b"comment=" + b"x" * 140_000, 413),
        ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 50), 400),
        ("application/x-www-form-urlencoded", "comment=ä".encode(), 400),
    ],
)
async def test_what_our_form_never_sends_decides_nothing(
    gateway: str, http: AsyncClient, kind: str, body: bytes, status: int
) -> None:
    url = f"{gateway}/approvals/{TOKEN}"
    answer = await http.post(url, content=body, headers={"content-type": kind})
    assert (answer.status_code, "That was no decision" in answer.text) == (status, True)


async def test_other_methods_are_not_heard(gateway: str, http: AsyncClient) -> None:
    answer = await http.put(f"{gateway}/approvals/{TOKEN}", data=FORM)
    assert answer.status_code == 405


async def test_without_postgres_a_page_says_to_come_again(
    redis: Redis, stack: Addresses, http: AsyncClient
) -> None:
    url = f"postgresql://nobody:nothing@{NOWHERE}/nowhere"
    async with (
        open_sessions(url) as sessions,
        running(settings_with(), sessions, redis, stack.temporal) as gateway,
    ):
        answer = await http.get(f"{gateway}/approvals/{TOKEN}")
    assert (answer.status_code, "Just a moment" in answer.text) == (503, True)
    assert answer.headers["retry-after"] == "30"
    assert answer.headers["cache-control"] == "no-store"


async def test_without_redis_a_guesser_is_told_to_come_again_not_that_it_was_too_often(
    sessions: Sessions, stack: Addresses, http: AsyncClient
) -> None:
    async with (
        open_redis(f"redis://{NOWHERE}/0") as redis,
        running(settings_with(), sessions, redis, stack.temporal) as gateway,
    ):
        answer = await http.get(f"{gateway}/approvals/{TOKEN}")
    assert (answer.status_code, "Just a moment" in answer.text) == (503, True)
    assert "Nothing was decided" in answer.text
    assert "more than anybody needs" not in answer.text
    assert answer.headers["retry-after"] == "5"
