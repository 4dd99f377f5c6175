"""What the ledger's tests share."""

from uuid import uuid4

import pytest

from db.engine import Sessions
from db.projects import Projects
from tests.conftest import TestOrganization
from tests.db.chains import Author


@pytest.fixture
async def author(sessions: Sessions, organization: TestOrganization) -> Author:
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
    return Author(organization.id, project.id)
