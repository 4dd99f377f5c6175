"""Every query on where tickets show in git."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Exists,
    Select,
    SQLColumnExpression,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.commands import CheckConclusion, GitIssue, Place, PullRequestStage, Subject
from db.git_rows import moved_to, pull_request_of, write
from db.ids import new_id
from db.models import Issue
from db.models.git_integrations import GitIntegration, IssueOrigin
from policy.forks import MARK
from policy.pull_requests import PullRequest, put_together, status_names

MOST_CHECKS = 200
ISSUE, SHOWN = Issue.__table__.c, GitIntegration.__table__.c


def following(organization_id: SQLColumnExpression[UUID], key: SQLColumnExpression[str]) -> Exists:
    """Whether the ticket's status is for its pull requests to say: for those that count there."""
    foreign = func.coalesce(SHOWN.branch_name, "").contains(MARK)
    return exists().where(
        ISSUE.organization_id == organization_id,
        ISSUE.key == key,
        SHOWN.issue_id == ISSUE.id,
        SHOWN.pr_number.is_not(None),
        or_(~foreign, SHOWN.pr_vouched, SHOWN.pr_state == PullRequestStage.MERGED),
    )


FOLLOWING = select(following(bindparam("organization_id"), bindparam("key")))


@dataclass(frozen=True)
class KnownTicket:
    """A ticket of ours."""

    issue_id: UUID
    key: str


@dataclass(frozen=True)
class Followed:
    """Whether it was as new as what is known, and whether the tracker is to hear of it."""

    current: bool
    concerns_ticket: bool


@dataclass(frozen=True)
class CheckResult:
    check: str
    conclusion: CheckConclusion
    at: datetime
    commit: str | None
    url: str | None


class GitIntegrations:
    """Of one organization, or one of its projects. Rows only ever move forward, by the marks they
    carry: what is told twice, late or in another order makes no difference. The caller owns the
    transaction."""

    def __init__(
        self, session: AsyncSession, organization_id: UUID, project_id: UUID | None = None
    ) -> None:
        self._session, self._organization_id = session, organization_id
        self._project_id = project_id

    async def tickets(self, about: Subject) -> list[KnownTicket]:
        """The one that was made of the issue; else in the order of the keys; else, where no key is
        one of ours, those of the place."""
        if about.issue is not None and (made := await self._made_of(about.issue)):
            return made
        named = (await self._session.execute(self._issues().where(Issue.key.in_(about.keys)))).all()
        if named or about.place is None:
            order = {key: place for place, key in enumerate(about.keys)}
            return sorted(
                (KnownTicket(row.id, row.key) for row in named), key=lambda one: order[one.key]
            )
        return await self._known_at(about.place)

    async def _made_of(self, issue: GitIssue) -> list[KnownTicket]:
        statement = self._issues().join(IssueOrigin, IssueOrigin.issue_id == Issue.id)
        rows = await self._session.execute(
            statement.where(
                IssueOrigin.organization_id == self._organization_id,
                IssueOrigin.provider == issue.provider,
                IssueOrigin.repository == issue.repository,
                IssueOrigin.number == issue.number,
            )
        )
        return [KnownTicket(row.id, row.key) for row in rows]

    async def link(self, issue_id: UUID, place: Place, at: datetime) -> bool:
        """False when something newer is known."""
        row = await self._locked(issue_id, place)
        if moved_to(row, place, at):
            row.version += 1
        return place.commit is None or (row.commit_at, row.commit_hash) == (at, place.commit)

    async def follow(
        self, issue_id: UUID, place: Place, told: PullRequest, at: datetime
    ) -> Followed:
        await self._lock(issue_id)
        row = await self._of_number(issue_id, place) or await self._locked(issue_id, place)
        before, known = status_names(await self.pull_requests(issue_id)), pull_request_of(row)
        together = put_together(known, told)
        stale = together == known and (known.number, known.at) > (told.number, told.at)
        if moved_to(row, place, at) or together != known:
            row.version += 1
        write(row, together, place.url if together.number == told.number else None)
        if status_names(await self.pull_requests(issue_id)) != before:
            row.in_step = False
        return Followed(not stale, not row.in_step)

    async def came_in_step(self, issue_id: UUID, names: tuple[str, ...]) -> bool:
        """The tracker was told. False when this is not what it should hear any more."""
        await self._lock(issue_id)
        if status_names(await self.pull_requests(issue_id)) != names:
            return False
        rows = update(GitIntegration).where(GitIntegration.issue_id == issue_id)
        await self._session.execute(rows.values(in_step=True))
        return True

    async def keep(self, issue_id: UUID, place: Place, evidence: CheckResult) -> bool:
        """Each check's newest result. False when something newer is known."""
        row = await self._locked(issue_id, place)
        entry = {
            "at": evidence.at.isoformat(),
            "conclusion": evidence.conclusion,
            "commit": evidence.commit,
            "url": evidence.url,
        }
        known = row.checks.get(evidence.check)
        if known is not None and _told(known) >= _told(entry):
            return bool(known == entry)
        if known is None and len(row.checks) >= MOST_CHECKS:
            return False
        row.checks = {**row.checks, evidence.check: entry}
        row.version += 1
        return True

    async def pull_requests(self, issue_id: UUID) -> list[PullRequest]:
        rows = await self._session.scalars(
            select(GitIntegration).where(
                GitIntegration.issue_id == issue_id, GitIntegration.pr_number.is_not(None)
            )
        )
        return [one for row in rows if (one := pull_request_of(row)) is not None]

    async def follows_pull_requests(self, key: str) -> bool:
        """Whether the ticket's status is theirs to say."""
        which = {"organization_id": self._organization_id, "key": key}
        return (await self._session.execute(FOLLOWING, which)).scalar_one()

    async def _known_at(self, place: Place) -> list[KnownTicket]:
        """By number, else by branch, else by commit: whichever the place says first."""
        if place.number is not None:
            same = GitIntegration.pr_number == place.number
        elif place.branch is not None:
            same = GitIntegration.branch_name == place.branch
        else:
            same = GitIntegration.commit_hash == place.commit
        statement = (
            self._issues()
            .join(GitIntegration, GitIntegration.issue_id == Issue.id)
            .where(
                GitIntegration.provider == place.provider,
                GitIntegration.repository == place.repository,
                same,
            )
            .order_by(Issue.key)
            .distinct()
        )
        return [
            KnownTicket(row.id, row.key) for row in (await self._session.execute(statement)).all()
        ]

    async def _lock(self, issue_id: UUID) -> None:
        """One after the other for a ticket: its status hangs on all of its pull requests."""
        row = select(Issue.id).where(Issue.id == issue_id).with_for_update(key_share=True)
        await self._session.execute(row)

    async def _of_number(self, issue_id: UUID, place: Place) -> GitIntegration | None:
        """What its branch is called may change: once its fork is gone, nobody says whose it was."""
        row = GitIntegration
        return await self._session.scalar(
            select(row)
            .where(
                row.issue_id == issue_id,
                row.provider == place.provider,
                row.repository == place.repository,
                row.pr_number == place.number,
            )
            .order_by(row.id)
            .limit(1)
            .with_for_update()
        )

    async def _locked(self, issue_id: UUID, place: Place) -> GitIntegration:
        values = {
            "organization_id": self._organization_id,
            "issue_id": issue_id,
            "provider": place.provider,
            "repository": place.repository,
            "branch_name": place.branch,
        }
        row = insert(GitIntegration).values(id=new_id(), **values)
        await self._session.execute(row.on_conflict_do_nothing())
        same = [
            getattr(GitIntegration, name).is_not_distinct_from(value)
            for name, value in values.items()
        ]
        statement = select(GitIntegration).where(*same).with_for_update()
        return (await self._session.execute(statement)).scalar_one()

    def _issues(self) -> Select[UUID, str]:
        statement: Select[UUID, str] = select(Issue.id, Issue.key)
        statement = statement.where(Issue.organization_id == self._organization_id)
        one = self._project_id
        return statement if one is None else statement.where(Issue.project_id == one)


def _told(entry: Mapping[str, object]) -> list[str]:
    """What puts results in order: their time, then anything that is the same everywhere."""
    return [str(entry[name]) for name in ("at", "conclusion", "commit", "url")]
