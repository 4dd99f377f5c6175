"""What the tests of the database share."""

from pathlib import Path
from uuid import uuid4

import pytest

from db.engine import Sessions
from db.projects import Projects
from tests.conftest import NewDatabase, TestOrganization
from tests.db.chains import Author
from tests.db.commands import URLS


@pytest.fixture
async def author(sessions: Sessions, organization: TestOrganization) -> Author:
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
    return Author(organization.id, project.id)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Nothing of the caller's own: neither variables nor a .env."""
    for name in (*URLS, "SLIPWAY_ENV", "RAILWAY_ENVIRONMENT_NAME", "SLIPWAY_ORGANIZATION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.fixture
async def empty(new_database: NewDatabase, environment: pytest.MonkeyPatch) -> str:
    url = await new_database()
    environment.setenv("DATABASE_URL", url)
    return url


@pytest.fixture
async def url(migrated_database: NewDatabase, environment: pytest.MonkeyPatch) -> str:
    url = await migrated_database()
    environment.setenv("DATABASE_URL", url)
    return url
