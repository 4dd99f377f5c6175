"""What the models say of the schema, held against the catalog."""

from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect

from db.models import Base

VIEWS = ("agent_metrics",)


def differences(connection: Connection) -> list[str]:
    """Each in words; empty when the database is what the models say. Tables that are none of
    ours are none of our business."""
    context = MigrationContext.configure(connection)
    found = [_in_words(change) for change in _flat(compare_metadata(context, Base.metadata))]
    return [words for words in found if words] + list(_missing(connection))


def _flat(changes: list[Any]) -> Iterator[tuple[Any, ...]]:
    for change in changes:
        yield from change if isinstance(change, list) else [change]


def _in_words(change: tuple[Any, ...]) -> str | None:
    match change:
        case ("add_table", table):
            return f"table {table.name} is missing"
        case ("remove_table", _):
            return None
        case ("remove_index" | "remove_constraint" | "remove_fk", thing):
            if thing.table.name not in Base.metadata.tables:
                return None
            return f"{thing.table.name}: {thing.name} is not one of ours"
        case ("add_column", _, table, column):
            return f"column {table}.{column.name} is missing"
        case ("remove_column", _, table, column):
            return f"column {table}.{column.name} is not one of ours"
        case ("add_index" | "add_constraint" | "add_fk", thing):
            return f"{thing.table.name}: {thing.name} is missing"
        case (str(what), _, table, column, _, found, expected):
            is_what = what.removeprefix("modify_")
            return f"column {table}.{column}: {is_what} is {found}, not {expected}"
        case _:
            return str(change[0])


def _missing(connection: Connection) -> Iterator[str]:
    """What Alembic does not compare."""
    inspector = inspect(connection)
    tables = set(inspector.get_table_names())
    for table in Base.metadata.sorted_tables:
        if table.name not in tables:
            continue
        there = {check["name"] for check in inspector.get_check_constraints(table.name)}
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint) and str(constraint.name) not in there:
                yield f"{table.name}: {constraint.name} is missing"
    for view in sorted(set(VIEWS) - set(inspector.get_view_names())):
        yield f"view {view} is missing"
