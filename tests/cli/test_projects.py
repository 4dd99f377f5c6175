"""`project list`, `show`, `credential`, with a real git host that wants a login."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from db.credentials import StoredCredentials
from db.engine import Sessions
from db.projects import Projects
from policy.keys import ENCRYPTION_KEYS, how_to_set
from tests.cli.insider import Insider
from tests.cli.person import Person
from tests.clients.git_host import TOKEN, USER, Host, git_host
from tests.clients.git_upstream import Upstream
from tests.conftest import TestOrganization

URL = "https://git.example.org/project.git"
KEYS = Fernet.generate_key().decode()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    Upstream.init(tmp_path / "root/project.git").commit(readme="hello\n")
    with git_host(tmp_path / "root", tmp_path / "scratch") as host:
        yield host


@pytest.fixture
async def ann(environment: Mapping[str, str], host: Host, organization: TestOrganization) -> Person:
    """Without a worker: none is needed."""
    mine = {"SLIPWAY_ORGANIZATION": organization.slug, "SLIPWAY_ENCRYPTION_KEYS": KEYS}
    return Insider({**environment, **mine, **host.environment})


async def make(sessions: Sessions, organization: TestOrganization, repo_url: str = URL) -> None:
    async with sessions.begin() as session:
        await Projects(session, organization.id).create("CALC", repo_url)


async def stored(sessions: Sessions, organization: TestOrganization) -> tuple[str, str] | None:
    found = await StoredCredentials(sessions, organization.slug, SecretStr(KEYS)).of(URL)
    return (found.username, found.secret.get_secret_value()) if found else None


async def test_a_token_from_standard_input_is_stored_tried_and_never_shown(
    ann: Person, sessions: Sessions, organization: TestOrganization, host: Host
) -> None:
    await make(sessions, organization)
    assert ann.reads("project", "show", "CALC")["credential_stored"] is False
    done = ann.says("project", "credential", "CALC-7", "--username", USER, typed=f"{TOKEN}\n")
    assert done.returncode == 0, done.stderr
    assert "accepts it; the default branch is at" in done.stdout
    assert host.logins > 0
    assert await stored(sessions, organization) == (USER, TOKEN)
    told = ann.says("project", "show", "CALC")
    assert "credential  stored" in told.stdout
    listed = ann.reads("project", "list")
    assert listed == [
        {"key": "CALC", "repo_url": URL, "status": "ACTIVE", "credential_stored": True}
    ]
    assert TOKEN not in done.stdout + done.stderr + told.stdout + told.stderr + str(listed)
    assert ann.says("project", "credential", "CALC", "--clear").returncode == 0
    assert await stored(sessions, organization) is None


async def test_a_person_types_the_token_unseen(
    ann: Person, sessions: Sessions, organization: TestOrganization
) -> None:
    await make(sessions, organization)
    command = ("project", "credential", "CALC", "--username", USER)
    code, shown = ann.types(*command, answer=TOKEN, to="Token for CALC: ")
    assert code == 0, shown
    assert TOKEN not in shown
    assert await stored(sessions, organization) == (USER, TOKEN)


async def test_whoever_thinks_better_of_it_stores_nothing(
    ann: Person, sessions: Sessions, organization: TestOrganization
) -> None:
    await make(sessions, organization)
    code, shown = ann.types("project", "credential", "CALC", answer="\x03", to="Token for CALC: ")
    assert code == 130, shown
    assert await stored(sessions, organization) is None


async def test_a_token_that_the_host_refuses_is_said_at_once(
    ann: Person, sessions: Sessions, organization: TestOrganization
) -> None:
    await make(sessions, organization)
    done = ann.says("project", "credential", "CALC", typed="of-another-robot")
    assert done.returncode == 1
    assert "does not accept the stored credential" in done.stderr
    assert "of-another-robot" not in done.stdout + done.stderr
    assert await stored(sessions, organization) == ("x-access-token", "of-another-robot")


async def test_without_a_key_nothing_is_asked_and_the_way_to_one_is_said(
    ann: Person, sessions: Sessions, organization: TestOrganization
) -> None:
    await make(sessions, organization)
    keyless = {"SLIPWAY_ENCRYPTION_KEYS": ""}
    refused = ann.says("project", "credential", "CALC", typed=TOKEN, **keyless)
    assert refused.returncode == 2
    assert "SLIPWAY_ENCRYPTION_KEYS is not set" in refused.stderr
    assert how_to_set(ENCRYPTION_KEYS) in refused.stderr
    assert refused.stderr.count("\n") == 1
    # Who has lost the keys can still be rid of what they alone could read.
    assert ann.says("project", "credential", "CALC", "--clear", **keyless).returncode == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "The token is empty"),
        (" \n", "The token is empty"),
        ("two\nlines", "must be one line of visible characters"),
        ("x" * 4_001, "must have between 1 and 4,000 bytes"),
    ],
)
async def test_a_token_that_could_not_be_told_is_refused_without_repeating_it(
    ann: Person, sessions: Sessions, organization: TestOrganization, typed: str, said: str
) -> None:
    await make(sessions, organization)
    refused = ann.says("project", "credential", "CALC", typed=typed)
    assert (refused.returncode, said in refused.stderr) == (2, True)
    assert "lines" not in refused.stderr.replace("one line", "")
    assert await stored(sessions, organization) is None


async def test_what_needs_no_token_is_given_none(
    ann: Person, sessions: Sessions, organization: TestOrganization
) -> None:
    await make(sessions, organization, "git@git.example.org:calc.git")
    refused = ann.says("project", "credential", "CALC", typed=TOKEN)
    assert (refused.returncode, "ssh has keys of its own" in refused.stderr) == (1, True)
    unknown = ann.says("project", "show", "NONE")
    assert (unknown.returncode, "There is no project NONE yet" in unknown.stderr) == (3, True)


async def test_an_address_without_a_repository_makes_no_project(ann: Person, host: Host) -> None:
    host.public = True
    new = ("--repo", "https://git.example.org/nothing.git", "--summary", "x")
    refused = ann.says("work", "CALC-1", *new)
    assert refused.returncode == 1
    assert "There is no repository at" in refused.stderr
    assert ann.reads("project", "list") == []
