"""The local tracker's tickets and what hangs on them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from contracts.issues import IssueType, Priority
from db.models.columns import Base, Domain, Json, one_of

SEARCHED = "to_tsvector('english', title || ' ' || left(description, 100000))"


class Area(Domain, Base):
    __tablename__ = "areas"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str]
    description: Mapped[str | None]
    color: Mapped[str]


class Label(Domain, Base):
    __tablename__ = "labels"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str]
    description: Mapped[str | None]
    color: Mapped[str]


class StatusFlow(Domain, Base):
    __tablename__ = "status_flows"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str]
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    transitions: Mapped[Json] = mapped_column(server_default=text("'{}'"))


class Status(Domain, Base):
    __tablename__ = "statuses"
    __table_args__ = (UniqueConstraint("flow_id", "position"), UniqueConstraint("flow_id", "name"))

    flow_id: Mapped[UUID] = mapped_column(ForeignKey("status_flows.id", ondelete="CASCADE"))
    name: Mapped[str]
    color: Mapped[str]
    position: Mapped[int]
    is_closed: Mapped[bool] = mapped_column(server_default=text("false"))


class Issue(Domain, Base):
    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("organization_id", "key"),
        *(
            Index(None, column)
            for column in (
                *("project_id", "area_id", "status_id", "priority", "parent_issue_id"),
                *("assignee_id", "due_date", "start_date"),
            )
        ),
        Index(None, "assignee_id", "created_at"),
        Index(None, "assignee_id", "updated_at"),
        Index(None, "search", postgresql_using="gin"),
        one_of("type", IssueType),
        one_of("priority", Priority),
    )

    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"))
    key: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    type: Mapped[str]
    priority: Mapped[str]
    status_id: Mapped[UUID | None] = mapped_column(ForeignKey("statuses.id", ondelete="RESTRICT"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("areas.id", ondelete="SET NULL"))
    parent_issue_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("issues.id", ondelete="RESTRICT")
    )
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    acceptance_criteria: Mapped[str | None]
    estimate: Mapped[Decimal | None]
    start_date: Mapped[date | None]
    due_date: Mapped[date | None]
    completed_at: Mapped[datetime | None]
    tracker_version: Mapped[str | None]
    search: Mapped[Any] = mapped_column(TSVECTOR, Computed(SEARCHED, persisted=True))


class IssueLabel(Domain, Base):
    __tablename__ = "issue_labels"
    __table_args__ = (UniqueConstraint("issue_id", "label_id"),)

    issue_id: Mapped[UUID] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    label_id: Mapped[UUID] = mapped_column(ForeignKey("labels.id", ondelete="CASCADE"))


class IssueRelation(Domain, Base):
    __tablename__ = "issue_relations"
    __table_args__ = (
        UniqueConstraint(
            "source_issue_id",
            "target_issue_id",
            "relation_type",
            name="uq_issue_relations_ends",
        ),
        CheckConstraint("source_issue_id <> target_issue_id", name="no_self"),
        one_of("relation_type", ("BLOCKS", "RELATES_TO", "DUPLICATES")),
    )

    source_issue_id: Mapped[UUID] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    target_issue_id: Mapped[UUID] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    relation_type: Mapped[str]


class IssueComment(Domain, Base):
    __tablename__ = "issue_comments"
    __table_args__ = (
        UniqueConstraint("issue_id", "external_id"),
        Index(None, "issue_id", "created_at"),
    )

    issue_id: Mapped[UUID] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    author: Mapped[str]
    body: Mapped[str]
    external_id: Mapped[str | None]
    source: Mapped[str]


class IssueChange(Domain, Base):
    __tablename__ = "issue_changes"
    __table_args__ = (Index(None, "issue_id", "created_at"),)

    issue_id: Mapped[UUID] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    field: Mapped[str]
    old: Mapped[str | None]
    new: Mapped[str | None]
    actor: Mapped[str]
