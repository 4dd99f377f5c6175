"""What a project asks at its gates, as `starter.py project approvals` keeps it."""

from typing import Any

from db.identity import Organizations
from db.projects import Projects
from tests.workflows.office import Office


async def project_asks(office: Office, gates: dict[str, Any]) -> None:
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        project = await Projects(session, id).find("KEY")
        assert project is not None
        project.config = {"approvals": gates}
