"""Whoever freezes amid a transaction does not keep its locks, behind a pooler or not."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, text

from db.engine import each_by_itself, open_sessions

LOCK = text("SELECT pg_advisory_xact_lock(2026)")
LONG = timedelta(seconds=40)
# How addresses behind a transaction pooler end; the server itself is the same here.
POOLED = "?pgbouncer=true"


@pytest.mark.parametrize("pooler", ["", POOLED])
async def test_the_server_ends_a_transaction_in_which_nothing_is_asked_any_more(
    postgres_url: str, pooler: str
) -> None:
    url, patience = postgres_url + pooler, timedelta(seconds=1)
    async with open_sessions(url, patience=patience) as freezing:
        frozen = freezing()
        await frozen.execute(LOCK)
        async with open_sessions(postgres_url, patience=LONG) as others, others.begin() as session:
            await session.execute(LOCK)
        await frozen.invalidate()


async def test_a_statement_by_itself_takes_one_round_trip_behind_a_pooler(
    postgres_url: str,
) -> None:
    said: list[str] = []

    def hear(_: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    async with open_sessions(postgres_url + POOLED) as sessions:
        event.listen(sessions.kw["bind"].sync_engine, "before_cursor_execute", hear)
        async with each_by_itself(sessions) as session:
            await session.execute(text("SELECT 1"))
    assert said == ["SELECT 1"]
