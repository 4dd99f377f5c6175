"""Migrations: up, down and up again on data, without drift, and several at once."""

import asyncio
import os
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts.identity import Role
from contracts.issues import RelationType, Ticket
from db.engine import open_sessions
from db.issues import Issues
from db.ledger import Ledger
from db.maintenance import INI, connected, differences, downgrade, status, upgrade
from db.projects import Projects
from db.seeds import Newcomer, seed
from tests.conftest import NewDatabase
from tests.db.chains import Author

ROOT = Path(__file__).resolve().parents[2]
REVISIONS = [
    script.revision for script in ScriptDirectory.from_config(Config(INI)).walk_revisions()
]

SHAPE = text("""
    SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
    UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION SELECT concat_ws(' ', viewname, definition) FROM pg_views WHERE schemaname = 'public'
    UNION SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION SELECT pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace""")


async def fill(url: str) -> None:
    """A little of everything that the tables can hold."""
    async with open_sessions(url) as sessions:
        organization = await seed(sessions, "acme", Newcomer("a@acme.test", "A", Role.ADMIN))
        async with sessions.begin() as session:
            project = await Projects(session, organization).create("ACME", "/repo")
            issues = Issues(session, "acme")
            for key in ("ACME-1", "ACME-2"):
                await issues.create(project.id, Ticket(key=key, title="T", labels=("l",)), None)
            await issues.comment("ACME-1", "a", "b", "once")
            await issues.transition("ACME-1", "Done", "a")
            await issues.relate("ACME-1", "ACME-2", RelationType.BLOCKS)
            author = Author(organization, project.id, "ACME-1")
            await Ledger(session).append(author.run_id, author.start())


async def shape(url: str) -> set[str]:
    """All that is there, as Postgres describes it."""
    async with connected(url) as connection:
        return set((await connection.execute(SHAPE)).scalars())


async def test_every_migration_goes_down_and_up_again_on_data(new_database: NewDatabase) -> None:
    url = await new_database()
    await upgrade(url)
    await fill(url)
    for newer, older in pairwise(REVISIONS):
        before = await shape(url)
        await downgrade(url, older)
        assert (await status(url)).revision == older
        await upgrade(url, newer)
        assert await shape(url) == before, newer
        await downgrade(url, older)
    await upgrade(url)
    assert await differences(url) == []


async def test_down_to_nothing_leaves_nothing(new_database: NewDatabase) -> None:
    url = await new_database()
    await upgrade(url)
    await fill(url)
    await downgrade(url, "base")
    async with connected(url) as connection:
        left = await connection.execute(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        )
        assert set(left.scalars()) == {"alembic_version", "alembic_version_pkc"}


async def test_each_migration_knows_the_one_before_it() -> None:
    scripts = ScriptDirectory.from_config(Config(INI))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


async def test_several_processes_migrate_at_once(new_database: NewDatabase) -> None:
    url = await new_database()
    environment = {"PATH": os.defpath, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    migrations = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "db", "migrate"),
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    said = [await migration.communicate() for migration in migrations]
    assert [migration.returncode for migration in migrations] == [0, 0, 0], said
    assert await differences(url) == []


async def test_one_process_migrates_two_databases_at_once(new_database: NewDatabase) -> None:
    one, other = await new_database(), await new_database()
    await asyncio.gather(upgrade(one), upgrade(other), upgrade(one))
    assert await differences(one) == await differences(other) == []


async def test_a_migration_that_waits_for_a_table_gives_up(new_database: NewDatabase) -> None:
    """Else everybody who wants the table would wait behind it."""
    url = await new_database()
    await upgrade(url, "0007")
    async with connected(url) as connection:
        await connection.execute(text("LOCK TABLE agent_executions"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            await downgrade(url, "0005", patience=timedelta(milliseconds=50))
    assert (await status(url)).revision == "0007"


async def test_a_database_of_a_later_version_lacks_nothing(new_database: NewDatabase) -> None:
    url = await new_database()
    await upgrade(url)
    async with connected(url) as connection:
        await connection.execute(text(f"UPDATE alembic_version SET version_num = '{uuid4().hex}'"))
    found = await status(url)
    assert found.newer
    assert found.pending == ()
