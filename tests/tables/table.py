"""A table as it was agreed on: `?` is nullable, an index is its columns in their order."""

from dataclasses import dataclass, field
from enum import StrEnum

DOMAIN = "id uuid, organization_id uuid, created_at timestamptz, updated_at timestamptz"
PART = f"{DOMAIN}, orchestration_id uuid"
Values = type[StrEnum] | tuple[str, ...]


@dataclass(frozen=True)
class Table:
    columns: str
    unique: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    checks: dict[str, Values] = field(default_factory=dict)
