"""Servers that are there, and do not know us: a person must mend what leads to them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import make_url

from stack.addresses import Addresses

ROOT = Path(__file__).parent.parent


@pytest.fixture
def given(stack: Addresses, database_url: str, tmp_path: Path) -> Mapping[str, str]:
    return {
        "PATH": os.defpath,
        "SLIPWAY_DECISION_KEY": "k",
        "SLIPWAY_ENCRYPTION_KEYS": "A" * 43 + "=",
        "SLIPWAY_STATE_DIR": str(tmp_path),
        "TEMPORAL_ADDRESS": stack.temporal,
        "DATABASE_URL": database_url,
        "REDIS_URL": stack.redis_url,
        "PORT": "0",
    }


def said(program: str, environment: Mapping[str, str], folder: Path) -> str:
    """What it ends with."""
    done = subprocess.run(
        [sys.executable, ROOT / f"{program}.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("program", "environment", "wrong"),
    [
        ("worker", "production", {"password": "s3cret"}),
        ("worker", "development", {"database": "nowhere"}),
        ("gateway", "production", {"password": "s3cret"}),
    ],
)
def test_a_login_that_postgres_refuses_is_for_a_person_to_mend(
    program: str,
    environment: str,
    wrong: dict[str, str],
    given: Mapping[str, str],
    tmp_path: Path,
) -> None:
    changed = make_url(given["DATABASE_URL"]).set(**wrong)  # type: ignore[arg-type]  # one keyword
    url = changed.render_as_string(hide_password=False)
    told = said(program, {**given, "SLIPWAY_ENV": environment, "DATABASE_URL": url}, tmp_path)
    assert told.startswith(f"{program}: Postgres refuses the login: ")
    assert "s3cret" not in told


@pytest.mark.parametrize("program", ["worker", "gateway"])
def test_a_namespace_that_temporal_lacks_is_named(
    program: str, given: Mapping[str, str], stack: Addresses, tmp_path: Path
) -> None:
    elsewhere = {"SLIPWAY_ENV": "production", "TEMPORAL_NAMESPACE": "nosuch"}
    told = said(program, {**given, **elsewhere}, tmp_path)
    assert told.startswith(f"{program}: Temporal at {stack.temporal} has no namespace 'nosuch'.")


def test_a_login_that_redis_refuses_is_for_a_person_to_mend(
    given: Mapping[str, str], tmp_path: Path
) -> None:
    url = make_url(given["REDIS_URL"]).set(password="s3cret")
    wrong = {"SLIPWAY_ENV": "production", "REDIS_URL": url.render_as_string(hide_password=False)}
    told = said("worker", {**given, **wrong}, tmp_path)
    assert told.startswith("worker: Redis refuses the login: ")
    assert "s3cret" not in told
