"""`python -m db` where it cannot work: one line that says why, and no secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.db.commands import NOBODY, db

ROOT = Path(__file__).resolve().parents[2]


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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLIPWAY_PUBLIC_URL", "http://a.example.org", "SLIPWAY_PUBLIC_URL must begin with https"),
        ("DATABASE_POOL_MAX", "none", "DATABASE_POOL_MAX: Input should be a valid integer"),
        ("SLIPWAY_OWN_ACCOUNTS", "nonsense", "SLIPWAY_OWN_ACCOUNTS: entry 1 is no account"),
    ],
)
async def test_a_setting_that_cannot_be_is_named_as_everywhere(
    environment: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    environment.setenv("SLIPWAY_ENV", "production")
    environment.setenv(name, value)
    result = await db("status")
    assert (result.exit_code, len(result.output.splitlines())) == (2, 1)
    assert result.output.startswith(f"python -m db: {said}")


async def test_production_embeds_nothing(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("RAILWAY_ENVIRONMENT_NAME", "production")
    result = await db("migrate")
    assert result.exit_code == 2
    assert "DATABASE_URL" in result.output
    assert list(tmp_path.iterdir()) == []


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
