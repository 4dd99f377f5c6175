"""Tickets that are made of issues kept elsewhere, each once."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.commands import Command, GitIssue, Proposal, Subject
from contracts.issues import Ticket
from db.git_integrations import GitIntegrations
from db.ids import new_id
from db.issues import Issues
from db.models import Issue, IssueOrigin, Project
from policy.new_tickets import first_key, project_key
from policy.repositories import host_of, place_of

TRIES = 20


class IssueOrigins:
    """Of the organization that a command is for, or of the one project that it may concern. The
    caller owns the transaction."""

    def __init__(self, session: AsyncSession, command: Command) -> None:
        self._session, self._project_id = session, command.project_id
        self._organization_id, self._organization = command.organization_id, command.organization

    async def project_for(self, about: Subject, proposal: Proposal) -> Project | None:
        """Whose repository it is; where no repository is told, whose key. What its endpoint is for
        counts only where the project's address is a folder, which says of no provider."""
        found = await self._project_for(about, proposal)
        return found if found and self._project_id in (None, found.id) else None

    async def _project_for(self, about: Subject, proposal: Proposal) -> Project | None:
        if proposal.repository_url is None:
            return await self.project_of(about.keys)
        found = await self._of_repository(proposal.repository_url)
        if found is not None or self._project_id is None:
            return found
        project = await self._session.get(Project, self._project_id)
        mine = project is not None and project.organization_id == self._organization_id
        return project if mine and project and host_of(project.repo_url) is None else None

    async def project_of(self, keys: Sequence[str]) -> Project | None:
        """Only one whose tickets we keep."""
        return await self._session.scalar(
            select(Project).where(
                Project.organization_id == self._organization_id,
                Project.key == project_key(keys),
                Project.tracker == "local",
            )
        )

    async def make(self, project: Project, about: Subject, proposal: Proposal) -> str:
        """The key of the ticket, which is new, or was made meanwhile by somebody else. One at a
        time for a project: takes its row's lock."""
        row = select(Project.id).where(Project.id == project.id)
        await self._session.execute(row.with_for_update(key_share=True))
        tickets = GitIntegrations(self._session, self._organization_id, self._project_id)
        found = await tickets.tickets(about)
        return found[0].key if found else await self._create(project, about, proposal)

    async def _create(self, project: Project, about: Subject, proposal: Proposal) -> str:
        """By the number that people know it under, where that is free."""
        issues, key = Issues(self._session, self._organization), first_key(project.key, about)
        for _ in range(TRIES):
            if key is not None:
                told = proposal.model_dump(exclude={"repository_url"})
                if await issues.create(project.id, Ticket(key=key, **told), None):
                    await self._remember(key, about.issue)
                    return key
            key = f"{project.key}-{await self._last_number(project) + 1}"
        raise AssertionError("others make tickets faster than can be")

    async def _remember(self, key: str, issue: GitIssue | None) -> None:
        if issue is None:
            return
        made = select(Issue.id).where(
            Issue.organization_id == self._organization_id, Issue.key == key
        )
        await self._session.execute(
            insert(IssueOrigin).values(
                id=new_id(),
                organization_id=self._organization_id,
                issue_id=made.scalar_subquery(),
                **issue.model_dump(),
            )
        )

    async def _last_number(self, project: Project) -> int:
        """Behind the longest ones that there can be there would be nothing left."""
        number = cast(func.substring(Issue.key, "[0-9]+$"), BigInteger)
        ours = Issue.key.regexp_match(f"^{project.key}-[0-9]{{1,9}}$")
        last = select(func.max(number)).where(Issue.organization_id == self._organization_id, ours)
        return await self._session.scalar(last) or 0

    async def _of_repository(self, url: str) -> Project | None:
        """Addresses of one repository are spelt in several ways."""
        place = place_of(url)
        if place is None:
            return None
        name = place.rpartition("/")[2]
        alike = func.lower(Project.repo_url).contains(name, autoescape=True)
        found = await self._session.scalars(
            select(Project).where(
                Project.organization_id == self._organization_id,
                Project.tracker == "local",
                alike,
            )
        )
        same = (one for one in found if place_of(one.repo_url) == place)
        return next(iter(sorted(same, key=lambda one: one.key)), None)
