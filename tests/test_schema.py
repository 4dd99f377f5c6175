"""What the catalog of a migrated database says, held against the list of tables."""

import re

import pytest
from sqlalchemy import text

from db.engine import Sessions
from db.models import Base
from tests.tables import ledger, messages, people, work

TABLES = people.TABLES | work.TABLES | ledger.TABLES | messages.TABLES
COLUMNS = """
    SELECT column_name, udt_name || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name = :table
"""
INDEXES = """
    SELECT i.indisunique,
        (SELECT string_agg(trim('"' FROM pg_get_indexdef(i.indexrelid, n, true)), ', ' ORDER BY n)
         FROM generate_series(1, i.indnkeyatts) AS n),
        pg_get_expr(i.indpred, i.indrelid), am.amname
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
    WHERE i.indrelid = CAST(:table AS regclass)
"""
CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = CAST(:table AS regclass) AND contype::text = :kind
"""
LEDGER = [
    *("events", "checkpoints", "agent_executions", "agent_outputs", "agent_reports"),
    *("orchestration_metrics", "approvals", "sla_violations", "task_outcomes", "notifications"),
]


def written(columns: str) -> dict[str, str]:
    return dict(column.split(" ") for column in columns.split(", "))


async def rows(sessions: Sessions, sql: str, **values: str) -> list[tuple[object, ...]]:
    async with sessions() as session:
        found = (await session.execute(text(sql), values)).all()
    return [tuple(row) for row in found]


async def udts(sessions: Sessions, table: str) -> dict[str, str]:
    return {str(name): str(udt) for name, udt in await rows(sessions, COLUMNS, table=table)}


async def checks(sessions: Sessions, table: str) -> dict[str, set[str]]:
    """Column → the values that it may have."""
    found = await rows(sessions, CONSTRAINTS, table=table, kind="c")
    quoted = {str(name): set(re.findall(r"'([^']*)'", str(sql))) for name, sql in found}
    return {name.removeprefix(f"ck_{table}_"): values for name, values in quoted.items()}


def test_every_table_of_the_models_is_on_the_list() -> None:
    assert set(TABLES) == set(Base.metadata.tables)


@pytest.mark.parametrize("table", TABLES)
async def test_a_table_has_its_columns_and_no_others(sessions: Sessions, table: str) -> None:
    assert await udts(sessions, table) == written(TABLES[table].columns)


@pytest.mark.parametrize("table", TABLES)
async def test_a_table_has_its_unique_columns_and_indexes(sessions: Sessions, table: str) -> None:
    there = await rows(sessions, INDEXES, table=table)
    unique = {
        f"{columns} where {str(where).strip('(').split(' ')[0]}" if where else str(columns)
        for is_unique, columns, where, _ in there
        if is_unique
    }
    assert unique - {"id"} == set(TABLES[table].unique)
    plain = {str(columns) for is_unique, columns, _, _ in there if not is_unique}
    assert plain >= set(TABLES[table].indexes)


@pytest.mark.parametrize("table", TABLES)
async def test_kinds_and_statuses_are_those_of_the_contracts(
    sessions: Sessions, table: str
) -> None:
    expected = {column: set(map(str, values)) for column, values in TABLES[table].checks.items()}
    there = await checks(sessions, table)
    there.pop("no_self", None)
    assert there == expected


@pytest.mark.parametrize("table", LEDGER)
async def test_an_orchestration_with_a_past_cannot_be_deleted(
    sessions: Sessions, table: str
) -> None:
    keys = await rows(sessions, CONSTRAINTS, table=table, kind="f")
    to_orchestrations = [str(sql) for _, sql in keys if "REFERENCES orchestrations" in str(sql)]
    assert len(to_orchestrations) == 1
    assert "ON DELETE RESTRICT" in to_orchestrations[0]


async def test_one_unfinished_orchestration_for_a_ticket(sessions: Sessions) -> None:
    found = await rows(sessions, INDEXES, table="orchestrations")
    (where,) = [str(where) for is_unique, _, where, _ in found if is_unique and where]
    assert set(re.findall(r"'([A-Z]+)'", where)) == {"ACTIVE", "PAUSED"}


async def test_the_search_has_its_own_kind_of_index(sessions: Sessions) -> None:
    methods = {columns: how for _, columns, _, how in await rows(sessions, INDEXES, table="issues")}
    assert methods["search"] == "gin"


async def test_the_view_of_agents_has_its_columns(sessions: Sessions) -> None:
    found = {name: udt.rstrip("?") for name, udt in (await udts(sessions, "agent_metrics")).items()}
    assert found == written(ledger.AGENT_METRICS)


async def test_nothing_needs_an_extension(sessions: Sessions) -> None:
    assert await rows(sessions, "SELECT extname FROM pg_extension") == [("plpgsql",)]
