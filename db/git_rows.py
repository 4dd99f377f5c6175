"""Rows of git_integrations, between Postgres and the rules of pull requests."""

from datetime import datetime

from contracts.commands import Place, PullRequestStage
from db.models.git_integrations import GitIntegration
from policy.forks import is_foreign
from policy.pull_requests import PullRequest


def moved_to(row: GitIntegration, place: Place, at: datetime) -> bool:
    """Whether its commit is the place's now, and was another or an older one before."""
    if place.commit is None:
        return False
    known = (row.commit_at, row.commit_hash) if row.commit_at and row.commit_hash else None
    if known is not None and known >= (at, place.commit):
        return False
    row.commit_at, row.commit_hash = at, place.commit
    return True


def write(row: GitIntegration, state: PullRequest, url: str | None) -> None:
    row.pr_number, row.pr_state, row.pr_at = state.number, state.stage, state.at
    row.pr_vouched, row.review_asked_at = state.vouched, state.review_asked_at
    row.approved_at, row.objected_at = state.approved_at, state.objected_at
    row.pr_url = url or row.pr_url


def pull_request_of(row: GitIntegration) -> PullRequest | None:
    if row.pr_number is None or row.pr_state is None or row.pr_at is None:
        return None
    return PullRequest(
        number=row.pr_number,
        stage=PullRequestStage(row.pr_state),
        at=row.pr_at,
        review_asked_at=row.review_asked_at,
        approved_at=row.approved_at,
        objected_at=row.objected_at,
        foreign=is_foreign(row.branch_name),
        vouched=row.pr_vouched,
    )
