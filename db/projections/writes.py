"""What a batch of events changes in the tables: gathered as rows, written by one statement.

A statement costs its client more than it costs Postgres, and a round trip more than both.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from db.models import Base

Row = dict[str, Any]
HEAD = """head AS MATERIALIZED (
    SELECT id, issue_key, started_at FROM orchestrations
    WHERE id = $1 AND run_id = $2 AND last_hash = $3 FOR UPDATE
)"""
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Write:
    """Rows of one table, and the statement that takes them: as `r`, beside `head`, which is the
    orchestration's locked row, or nothing when it is not where the batch continues."""

    model: type[Base]
    sql: str
    rows: Sequence[Row]


def insertion(model: type[Base], columns: Iterable[str], more: str = "") -> str:
    names = [f'"{name}"' for name in columns]
    taken = ", ".join(f"r.{name}" for name in names)
    into = f"INSERT INTO {model.__tablename__} ({', '.join(names)})"
    return f"{into} SELECT {taken} FROM head, {{r}} {more}"


def composed(writes: Sequence[Write]) -> tuple[str, tuple[str, ...]]:
    """One statement for all that have rows, and its parameters behind the three of `head`. The
    last write is the one whose result is asked for."""
    used = [write for write in writes if write.rows]
    sql = _composed(tuple((write.model.__tablename__, write.sql) for write in used))
    return sql, tuple(json.dumps(write.rows, default=_plain) for write in used)


@lru_cache(maxsize=500)
def _composed(parts: tuple[tuple[str, str], ...]) -> str:
    # The same few combinations come again and again, so Postgres prepares them once.
    statements = [
        sql.format(r=f"jsonb_populate_recordset(NULL::{table}, ${number}::jsonb) AS r")
        for number, (table, sql) in enumerate(parts, start=4)
    ]
    named = [f"write_{number} AS ({sql})" for number, sql in enumerate(statements[:-1], start=1)]
    return f"WITH {', '.join([HEAD, *named])} {statements[-1]}"


def _plain(value: object) -> str:
    match value:
        case UUID() | Decimal():
            return str(value)
        case datetime():
            return value.isoformat()
        case timedelta():
            return f"{value // MICROSECOND} microseconds"
        case _:
            raise TypeError(f"{type(value).__name__} is no column's value")
