"""Every query on projects."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.ids import new_id
from db.models import Project


class Projects:
    """One organization's. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def find(self, key: str) -> Project | None:
        return await self._session.scalar(
            select(Project).where(
                Project.organization_id == self._organization_id, Project.key == key
            )
        )

    async def all(self) -> Sequence[Project]:
        """By key."""
        found = await self._session.scalars(
            select(Project)
            .where(Project.organization_id == self._organization_id)
            .order_by(Project.key)
        )
        return found.all()

    async def of_repository(self, repo_url: str) -> Project | None:
        return await self._session.scalar(
            select(Project).where(
                Project.organization_id == self._organization_id, Project.repo_url == repo_url
            )
        )

    async def create(self, key: str, repo_url: str) -> Project:
        """Raises IntegrityError when the key or the repository is taken."""
        project = Project(
            id=new_id(),
            organization_id=self._organization_id,
            key=key,
            name=key,
            repo_url=repo_url,
        )
        self._session.add(project)
        await self._session.flush()
        return project
