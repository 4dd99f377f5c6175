"""A ticket that nobody has worked yet, and the command by which that begins."""

from sqlalchemy.ext.asyncio import AsyncSession

from cli.exits import NotFoundError
from contracts.issues import project_of
from db.identity import Organizations
from db.issues import Issues
from db.projects import Projects
from errors import UnknownIssueError


async def unworked(session: AsyncSession, organization: str, issue_key: str) -> NotFoundError:
    """To be raised. Its command says all that `work` would ask for."""
    missing = await _missing(session, organization, issue_key)
    return NotFoundError(
        f"{issue_key} has not been worked yet. Start it: starter.py work {issue_key}{missing}"
    )


async def _missing(session: AsyncSession, organization: str, issue_key: str) -> str:
    try:
        await Issues(session, organization).get(issue_key)
    except UnknownIssueError:
        id = await Organizations(session).find(organization)
        key = project_of(issue_key)
        project = await Projects(session, id).find(key) if id is not None else None
        return " --summary TEXT" if project else " --repo PATH_OR_URL --summary TEXT"
    return ""
