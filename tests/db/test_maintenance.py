"""`python -m db`, as an operator meets it."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from typer.testing import CliRunner, Result

from db.__main__ import app
from db.engine import open_sessions
from db.ledger import Ledger
from db.maintenance import connected, status, upgrade
from db.projects import Projects
from db.seeds import seed
from tests.cli.person import at_terminal
from tests.conftest import NewDatabase
from tests.db.chains import Author

ROOT = Path(__file__).resolve().parents[2]
URLS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "DATABASE_UNPOOLED_URL", "NEON_DIRECT_URL")
NOBODY = "postgresql://me:s3cret@127.0.0.1:1/nothing"


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
async def url(empty: str) -> str:
    await upgrade(empty)
    return empty


async def db(*arguments: str) -> Result:
    """In a thread, because a command runs an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))


async def execute(url: str, sql: str) -> list[tuple[object, ...]]:
    async with connected(url) as connection:
        result = await connection.execute(text(sql))
        return [tuple(row) for row in result.all()] if result.returns_rows else []


async def test_a_fresh_database_is_migrated_and_verified(empty: str) -> None:
    before, to_come = await db("verify"), (await status(empty)).pending
    assert (before.exit_code, before.output) == (
        1,
        f"the schema is at base, {len(to_come)} behind {to_come[-1]}: python -m db migrate\n",
    )
    assert (await db("migrate")).output == f"the schema is at {to_come[-1]}\n"
    assert (await db("verify")).exit_code == 0


async def test_migrate_stops_where_it_is_told(empty: str) -> None:
    to_come = (await status(empty)).pending
    assert (await db("migrate", "--to", "0003")).exit_code == 0
    found = json.loads((await db("status", "--json")).output)
    assert found["revision"] == "0003"
    assert found["pending"] == list(to_come[3:])
    assert "to come: 0004" in (await db("status")).output


async def test_a_revision_nobody_knows_is_wrong_use(empty: str) -> None:
    for command in (("migrate", "--to", "nope"), ("migrate", "--to", "nope", "--dry-run")):
        result = await db(*command)
        assert result.exit_code == 2
        assert "nope" in result.output


async def test_a_dry_run_shows_the_sql_and_does_nothing(empty: str) -> None:
    result = await db("migrate", "--dry-run")
    assert result.exit_code == 0
    assert "CREATE TABLE orchestrations" in result.output
    assert (await status(empty)).revision is None


async def test_a_dry_run_shows_only_what_is_to_come(empty: str) -> None:
    await upgrade(empty, "0007")
    shown = (await db("migrate", "--dry-run")).output
    assert "CREATE VIEW agent_metrics" in shown
    assert "CREATE TABLE approvals" not in shown


async def test_down_is_one_step_unless_told(empty: str) -> None:
    await upgrade(empty, "0008")
    assert (await db("downgrade", "--yes")).output == "the schema is at 0007\n"
    assert (await db("downgrade", "--to", "base", "--yes")).output == "the schema is at base\n"


async def test_down_is_refused_where_nobody_can_be_asked(empty: str) -> None:
    await upgrade(empty, "0008")
    result = await db("downgrade")
    assert (result.exit_code, "--yes" in result.output) == (2, True)
    assert (await status(empty)).revision == "0008"


@pytest.mark.parametrize(
    ("answer", "code", "revision"), [("n", 1, "0008"), ("\x03", 1, "0008"), ("y", 0, "0007")]
)
async def test_down_asks_the_person_at_the_terminal(
    empty: str, answer: str, code: int, revision: str
) -> None:
    await upgrade(empty, "0008")
    variables = {"DATABASE_URL": empty, "PYTHONPATH": str(ROOT), "PATH": os.defpath}
    command, talk = ["-m", "db", "downgrade"], ("[y/N]", answer)
    found, shown = await asyncio.to_thread(at_terminal, command, variables, talk)
    assert found == code, shown
    assert "takes its rows with it" in shown
    assert (await status(empty)).revision == revision


async def test_verify_names_what_differs(url: str) -> None:
    await execute(url, "DROP INDEX uq_orchestrations_running")
    result = await db("verify")
    assert result.exit_code == 1
    assert "uq_orchestrations_running is missing" in result.output
    found = json.loads((await db("verify", "--json")).output)
    assert found["ok"] is False
    assert len(found["differences"]) == 1


async def test_tables_of_others_do_not_matter(url: str) -> None:
    await execute(url, "CREATE TABLE theirs (id int PRIMARY KEY)")
    assert (await db("verify")).exit_code == 0
    assert (await db("reset", "--confirm")).exit_code == 0
    assert await execute(url, "SELECT count(*) FROM theirs") == [(0,)]


async def test_seeding_twice_is_seeding_once(url: str) -> None:
    for _ in range(2):
        result = await db("seed", "--email", "Boss@Example.org", "--name", "The Boss")
        assert result.exit_code == 0, result.output
    assert await execute(url, "SELECT slug FROM organizations") == [("default",)]
    assert await execute(
        url, "SELECT name, role FROM users JOIN memberships ON user_id = users.id"
    ) == [("The Boss", "ADMIN")]
    assert await execute(url, "SELECT count(*) FROM statuses") == [(4,)]


async def test_reset_wants_a_word_and_never_touches_production(
    url: str, environment: pytest.MonkeyPatch
) -> None:
    await db("seed")
    assert (await db("reset")).exit_code == 2
    environment.setenv("SLIPWAY_ENV", "production")
    assert (await db("reset", "--confirm")).exit_code == 2
    assert await execute(url, "SELECT count(*) FROM organizations") == [(1,)]
    environment.setenv("SLIPWAY_ENV", "development")
    assert (await db("reset", "--confirm")).exit_code == 0
    assert await execute(url, "SELECT count(*) FROM organizations") == [(0,)]


async def test_reset_mends_what_migrations_cannot(url: str) -> None:
    await execute(url, "DROP TABLE approval_decisions, approvals")
    await execute(url, "UPDATE alembic_version SET version_num = 'of another tool'")
    assert (await db("reset", "--confirm")).exit_code == 0
    assert (await db("verify")).exit_code == 0


async def test_a_tampered_table_is_named_and_rebuilt(url: str) -> None:
    async with open_sessions(url, pool_max=1) as sessions:
        organization = await seed(sessions)
        async with sessions.begin() as session:
            project = await Projects(session, organization).create("PROJ", "/repo")
            author = Author(organization, project.id)
            await Ledger(session).append(author.run_id, author.start())
    assert (await db("verify-ledger")).exit_code == 0
    await execute(url, "UPDATE orchestrations SET branch = 'other'")
    result = await db("verify-ledger")
    assert result.exit_code == 1
    assert f"orchestrations {author.orchestration_id}" in result.output
    assert (await db("rebuild")).output == "made anew: 1\n"
    assert (await db("verify-ledger")).exit_code == 0


@pytest.mark.parametrize(
    "command", [["migrate"], ["status"], ["verify"], ["seed"], ["rebuild"], ["reset", "--confirm"]]
)
async def test_a_server_that_is_away_is_one_line_and_no_secret(
    environment: pytest.MonkeyPatch, command: list[str]
) -> None:
    environment.setenv("DATABASE_URL", NOBODY)
    result = await db(*command)
    assert result.exit_code == 4
    assert len(result.output.splitlines()) == 1
    assert "s3cret" not in result.output


async def test_a_refused_login_is_for_a_person_to_mend(
    url: str, environment: pytest.MonkeyPatch
) -> None:
    for wrong in ({"password": "s3cret"}, {"database": "nowhere"}):
        changed = make_url(url).set(**wrong)  # type: ignore[arg-type]  # one keyword at a time
        environment.setenv("DATABASE_URL", changed.render_as_string(hide_password=False))
        result = await db("status")
        assert result.exit_code == 2, result.output
        assert len(result.output.splitlines()) == 1
        assert "s3cret" not in result.output


async def test_an_address_that_is_none_is_not_repeated(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", "mysql://me:s3cret@host/x")
    result = await db("status")
    assert result.exit_code == 2
    assert "s3cret" not in result.output


async def test_production_embeds_nothing(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("RAILWAY_ENVIRONMENT_NAME", "production")
    result = await db("migrate")
    assert result.exit_code == 2
    assert "DATABASE_URL" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("direct", URLS[1:])
async def test_migrations_go_around_the_pooler(
    url: str, environment: pytest.MonkeyPatch, direct: str
) -> None:
    environment.setenv("DATABASE_URL", NOBODY)
    environment.setenv(direct, url)
    assert (await db("verify")).exit_code == 0


def test_the_command_is_there_for_a_shell(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "db", "status"],
        cwd=tmp_path,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "DATABASE_URL": NOBODY},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert "Traceback" not in done.stderr
