"""Organizations, their people and projects."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from contracts.identity import ActorType, Role
from db.models.columns import Base, Domain, Json, Moment, Stamped, one_of


class Organization(Stamped, Base):
    __tablename__ = "organizations"
    __table_args__ = (one_of("plan", ("FREE", "PROFESSIONAL", "ENTERPRISE")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    plan: Mapped[str] = mapped_column(server_default="FREE")
    settings: Mapped[Json] = mapped_column(server_default=text("'{}'"))


class User(Domain, Base):
    __tablename__ = "users"
    __table_args__ = (
        Index(
            "uq_users_organization_id_email",
            "organization_id",
            func.lower(text("email")),
            unique=True,
        ),
        Index(None, "email"),
    )

    email: Mapped[str]
    name: Mapped[str]
    avatar: Mapped[str | None]
    preferences: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Membership(Domain, Base):
    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("organization_id", "user_id"), one_of("role", Role))

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str]


class Project(Domain, Base):
    __tablename__ = "projects"
    __table_args__ = (
        UniqueConstraint("organization_id", "key"),
        UniqueConstraint("organization_id", "repo_url"),
        Index(None, "organization_id", "status"),
        one_of("tracker", ("local", "jira")),
        one_of("status", ("ACTIVE", "ARCHIVED", "COMPLETED", "ON_HOLD")),
    )

    key: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    repo_url: Mapped[str]
    tracker: Mapped[str] = mapped_column(server_default="local")
    status: Mapped[str] = mapped_column(server_default="ACTIVE")
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    git_credential: Mapped[bytes | None]
    tracker_credential: Mapped[bytes | None]
    config: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    last_seen: Mapped[datetime | None]


class AuditLog(Domain, Base):
    __tablename__ = "audit_logs"
    __table_args__ = (
        Index(None, "resource", "resource_id"),
        Index(None, "actor_id", "timestamp"),
        Index(None, "timestamp"),
        one_of("actor_type", ActorType),
    )

    actor_type: Mapped[str]
    actor_id: Mapped[str]
    action: Mapped[str]
    resource: Mapped[str]
    resource_id: Mapped[str]
    result: Mapped[str]
    reason: Mapped[str | None]
    ip_address: Mapped[Any | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    payload: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    timestamp: Mapped[Moment]
