"""Kinds of work that were done before. Made of events alone, but for `template` and `active`."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Computed, Index, Numeric, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from contracts.issues import IssueType
from db.models.columns import Base, Domain, Json, one_of

RATE = "CASE WHEN usage_count > 0 THEN round(success_count::numeric / usage_count, 4) END"


class Pattern(Domain, Base):
    """Its id is made of its organization and signature. The counts are those of its outcomes;
    where they stand at none, there is no pattern."""

    __tablename__ = "patterns"
    __table_args__ = (
        *(Index(None, column) for column in ("pattern_type", "success_rate", "organization_id")),
        one_of("pattern_type", IssueType),
    )

    pattern_type: Mapped[str]
    name: Mapped[str]
    signature: Mapped[Json]
    template: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    usage_count: Mapped[int] = mapped_column(server_default=text("0"))
    success_count: Mapped[int] = mapped_column(server_default=text("0"))
    success_rate: Mapped[Decimal | None] = mapped_column(Numeric, Computed(RATE, persisted=True))
    issue_types: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    example_issues: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
