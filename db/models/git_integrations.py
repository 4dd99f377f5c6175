"""Where work on tickets shows in git, who is who there, and how far each object was followed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from contracts.commands import GitProvider, IdentityProvider, PullRequestStage
from db.models.columns import Base, Domain, Json, Moment, one_of


class GitIntegration(Domain, Base):
    """`*_at` are high-water marks, in the provider's own time; `version` counts our changes.
    `pr_vouched`: somebody made the pull request who may work here. `in_step` is false while the
    tracker has not heard what the row means for its ticket."""

    __tablename__ = "git_integrations"
    __table_args__ = (
        UniqueConstraint(
            "issue_id",
            "provider",
            "repository",
            "branch_name",
            # The convention's name would say the same at twice the length.
            name="uq_git_integrations_place",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "ix_git_integrations_pull_request",
            "organization_id",
            "provider",
            "repository",
            "pr_number",
        ),
        Index(None, "commit_hash"),
        one_of("provider", GitProvider),
        one_of("pr_state", PullRequestStage),
    )

    issue_id: Mapped[UUID] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    provider: Mapped[str]
    repository: Mapped[str]
    branch_name: Mapped[str | None]
    commit_hash: Mapped[str | None]
    commit_at: Mapped[datetime | None]
    pr_number: Mapped[int | None]
    pr_url: Mapped[str | None]
    pr_state: Mapped[str | None]
    pr_at: Mapped[datetime | None]
    pr_vouched: Mapped[bool] = mapped_column(server_default=text("false"))
    review_asked_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    objected_at: Mapped[datetime | None]
    checks: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    in_step: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default=text("0"))


class IssueOrigin(Domain, Base):
    """The issue at a git host that a ticket was made of."""

    __tablename__ = "issue_origins"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "provider", "repository", "number", name="uq_issue_origins_place"
        ),
        Index(None, "issue_id"),
        one_of("provider", GitProvider),
    )

    issue_id: Mapped[UUID] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    provider: Mapped[str]
    repository: Mapped[str]
    number: Mapped[int]


class ObjectMark(Domain, Base):
    """How far an object was followed that has no row of its own to say it."""

    __tablename__ = "object_marks"
    __table_args__ = (UniqueConstraint("organization_id", "object"),)

    object: Mapped[str]
    at: Mapped[Moment]


class UserIdentity(Domain, Base):
    """Somebody's account at a provider. While `verified_at` is null it counts for nothing."""

    __tablename__ = "user_identities"
    __table_args__ = (
        UniqueConstraint("organization_id", "provider", "external_id"),
        Index(None, "user_id"),
        one_of("provider", IdentityProvider),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    provider: Mapped[str]
    external_id: Mapped[str]
    verified_at: Mapped[datetime | None]
