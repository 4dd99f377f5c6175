"""Postgres: shut to strangers, unprivileged, sorted alike everywhere."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from stack import postgres
from stack.addresses import Given
from stack.control import statuses
from stack.embedded import embedded
from stack.install import reachable_install
from tests.stack.people import ONLY_POSTGRES, Person, ask, nothing_runs, until

AS_ROOT = os.geteuid() == 0


FACTS = """
SELECT current_setting('server_version_num')::int / 10000 AS version,
       datlocale AS locale,
       pg_encoding_to_char(encoding) AS encoding,
       current_setting('fsync') AS fsync,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('full_page_writes') AS full_page_writes,
       current_setting('max_connections') AS max_connections,
       current_setting('listen_addresses') AS listen_addresses,
       current_setting('unix_socket_directories') AS sockets
FROM pg_database WHERE datname = 'slipway'
"""


async def test_postgres_is_what_the_product_expects(state_dir: Path) -> None:
    with embedded(state_dir, ONLY_POSTGRES) as addresses:
        assert await ask(addresses.database_url, FACTS) == {
            "version": 18,
            "locale": "C.UTF-8",
            "encoding": "UTF8",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "max_connections": "200",
            "listen_addresses": "127.0.0.1",
            "sockets": "",
        }


async def test_a_stranger_without_the_password_is_refused(state_dir: Path) -> None:
    with embedded(state_dir, ONLY_POSTGRES) as addresses:
        password = urlsplit(addresses.database_url).password
        assert password
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(addresses.database_url.replace(password, "guessed"), FACTS)


def test_postgres_never_runs_as_root_and_its_folders_are_private(state_dir: Path) -> None:
    with embedded(state_dir, ONLY_POSTGRES):
        server = next(s.server for s in statuses(state_dir) if s.name == "postgres")
        assert Path(f"/proc/{server}").stat().st_uid != 0
        assert (state_dir / "postgres").stat().st_mode & 0o077 == 0


def test_an_ordinary_user_needs_no_root(state_dir: Path) -> None:
    # The capability stands for a virtual environment that others may read, which root's may not be.
    flags = ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override", "--clear-groups"]
    prefix = ("setpriv", "--reuid", "65534", "--regid", "65534", *flags) if AS_ROOT else ()
    person = Person(state_dir, Given(), prefix)
    person.addresses()
    servers = [status.server for status in statuses(state_dir)]
    uids = {Path(f"/proc/{server}").stat().st_uid for server in servers}
    assert uids == {65534 if AS_ROOT else os.geteuid()}
    person.leave()
    until(lambda: nothing_runs(state_dir))


@pytest.fixture
def hidden_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The wheel's programs where only root gets, and a temporary directory anybody gets at."""
    wheel = postgres.find().parents[2]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(wheel / "pginstall" / "bin", closed / wheel.name / "pginstall" / "bin")
    public = Path(tempfile.mkdtemp())
    public.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(public))
    yield closed / wheel.name / "pginstall" / "bin" / "postgres"
    shutil.rmtree(public)


def test_programs_in_a_closed_folder_are_copied_once_for_postgres_user(
    hidden_programs: Path,
) -> None:
    owner = postgres.owner_of(hidden_programs / "no cluster yet")
    found = reachable_install(hidden_programs, owner)
    assert (found == hidden_programs) == (not AS_ROOT)
    assert found.read_bytes() == hidden_programs.read_bytes()
    assert reachable_install(hidden_programs, owner) == found
