"""The project, the ticket and the requester, made where there are none yet."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk
from cli.terminal import plain, say
from cli.wish import Wish
from contracts.identity import Role
from contracts.issues import Ticket, project_of
from db.approvals import Approvers
from db.identity import Organizations, People
from db.issues import Issues
from db.models import Project
from db.projects import Projects
from errors import PermanentError, UnknownIssueError, UnknownProjectError

TRIES = 3


class RepositoryTakenError(PermanentError):
    """A project has another repository, or a repository another project."""


async def known_repository(desk: Desk, wish: Wish) -> str | None:
    """Of the ticket's project, None when there is no such project. Raises UnknownProjectError
    where it would be needed."""
    async with desk.sessions.begin() as session:
        project = await _project(session, desk, wish.key)
    if project is None and wish.repo is None:
        raise UnknownProjectError(
            f"There is no project {project_of(wish.key)} yet. Name its repository once: "
            f"starter.py work {wish.key} --repo PATH_OR_URL --summary TEXT"
        )
    return project.repo_url if project else None


async def settle(desk: Desk, wish: Wish, repo_url: str, requester: str) -> Ticket:
    """All or nothing; says what it has made. Raises UnknownIssueError, RepositoryTakenError."""
    for attempt in range(1, TRIES + 1):
        try:
            async with desk.sessions.begin() as session:
                ticket, made = await _settle(session, desk, wish, repo_url)
                made += await _requester(session, desk, requester)
        except IntegrityError:
            # Somebody made the same at the same time: now it is there.
            if attempt == TRIES:
                raise
        else:
            for line in made:
                say(line)
            return ticket
    raise AssertionError("unreachable")


async def _settle(
    session: AsyncSession, desk: Desk, wish: Wish, repo_url: str
) -> tuple[Ticket, list[str]]:
    """And what was not there before, in words."""
    made: list[str] = []
    project = await _project(session, desk, wish.key)
    if project is None:
        project = await _new_project(session, desk, wish.key, repo_url)
        made.append(f"Project {project.key} is new; its repository is {plain(repo_url)}.")
    elif project.repo_url != repo_url:
        raise RepositoryTakenError(
            f"Project {project.key} works on {plain(project.repo_url)}, not on {plain(repo_url)}. "
            "Leave --repo out, or take a key of another project."
        )
    issues = Issues(session, desk.organization)
    created = wish.draft is not None and await issues.create(project.id, wish.draft, None)
    if created:
        stays = "; it stays there after the dry run" if wish.options.dry_run else ""
        made.append(f"Ticket {wish.key} was created in the local tracker{stays}.")
    try:
        ticket = await issues.get(wish.key)
    except UnknownIssueError as error:
        raise UnknownIssueError(
            f"There is no ticket {wish.key} yet. Make it with --summary TEXT (and "
            "--description-file FILE)."
        ) from error
    if wish.draft is not None and not created and _reads(wish.draft) != _reads(ticket):
        made.append(
            f"Ticket {wish.key} was there before: its text, type and priority stay as they are "
            f"(starter.py edit {wish.key} changes them)."
        )
    return ticket, made


def _reads(ticket: Ticket) -> tuple[str, ...]:
    """What `edit` changes."""
    return ticket.title, ticket.description, ticket.type, ticket.priority


async def _project(session: AsyncSession, desk: Desk, key: str) -> Project | None:
    organization = await Organizations(session).ensure(desk.organization, desk.organization)
    return await Projects(session, organization).find(project_of(key))


async def _new_project(session: AsyncSession, desk: Desk, key: str, repo_url: str) -> Project:
    organization = await Organizations(session).ensure(desk.organization, desk.organization)
    projects = Projects(session, organization)
    taken = await projects.of_repository(repo_url)
    if taken is not None:
        raise RepositoryTakenError(
            f"{plain(repo_url)} belongs to project {taken.key} already. Take a key of that "
            f"project, such as {taken.key}-{key.rpartition('-')[2]}."
        )
    return await projects.create(project_of(key), repo_url)


async def _requester(session: AsyncSession, desk: Desk, email: str) -> tuple[str, ...]:
    """Outside production a fresh installation has nobody, so who asks first may do everything, and
    whoever comes later works with them. In production people are made on purpose."""
    if desk.settings.production:
        return ()
    if await Approvers(session, desk.organization).member(email) is not None:
        return ()
    organizations = Organizations(session)
    role = Role.DEVELOPER if await organizations.has_members(desk.organization) else Role.ADMIN
    organization = await organizations.ensure(desk.organization, desk.organization)
    await People(session, organization).ensure(email, email.partition("@")[0], role)
    became = f"{'an' if role is Role.ADMIN else 'a'} {role.lower()} of {desk.organization}"
    return (f"{plain(email)} is now {became} (this is not production).",)
