"""Projects' credentials: what is stored, who is given them, and how keys are changed."""

import asyncio
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select, text
from typer.testing import CliRunner

from contracts.credentials import GitCredential
from contracts.notifications import Channel, Endpoint
from db.__main__ import app
from db.credentials import ProjectCredentials, StoredCredentials
from db.encryption import EncryptionKeyError, Keyring, UndecryptableError
from db.engine import Sessions, open_sessions
from db.identity import Organizations
from db.models import Base, Project
from db.notification_endpoints import Endpoints
from db.projects import Projects
from db.rotation import ENCRYPTED, rotate
from errors import UnknownProjectError
from tests.conftest import NewDatabase, TestOrganization

SECRET = "glpat-s3cret"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
OTHER_BYTES = {("agent_outputs", "bytes"), ("webhook_events", "raw")}
# Of no use without the decision key.
OTHER_BYTES |= {("approval_links", "nonce"), ("approval_links", "token_hash")}
CREDENTIAL = GitCredential(username="robot", secret=SecretStr(SECRET))


def keys(*listed: str) -> SecretStr:
    return SecretStr(", ".join(listed))


def keyring(*listed: str) -> Keyring:
    return Keyring.parsed(keys(*listed))


@pytest.fixture
async def repo_url(sessions: Sessions, organization: TestOrganization) -> str:
    """Of a project PROJ that has a credential."""
    url = f"https://git.example.org/{uuid4()}"
    async with sessions.begin() as session:
        await Projects(session, organization.id).create("PROJ", url)
        await ProjectCredentials(session, organization.id, keyring(OLD)).set("PROJ", CREDENTIAL)
    return url


async def test_a_credential_is_stored_encrypted(
    sessions: Sessions, organization: TestOrganization, repo_url: str
) -> None:
    stored = StoredCredentials(sessions, organization.slug, keys(OLD))
    assert await stored.of(repo_url) == CREDENTIAL
    async with sessions() as session:
        raw = await session.scalar(
            select(Project.git_credential).where(Project.repo_url == repo_url)
        )
    assert raw is not None
    assert SECRET.encode() not in raw


async def test_an_unknown_project_takes_no_credential(
    sessions: Sessions, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        credentials = ProjectCredentials(session, organization.id, keyring(OLD))
        with pytest.raises(UnknownProjectError, match="'NONE'"):
            await credentials.set("NONE", CREDENTIAL)


async def test_another_organizations_project_at_the_same_address_opens_nothing(
    sessions: Sessions, organization: TestOrganization, repo_url: str
) -> None:
    slug = f"org-{uuid4().hex[:12]}"
    async with sessions.begin() as session:
        other = await Organizations(session).ensure(slug, slug)
        await Projects(session, other).create("PROJ", repo_url)
    assert await StoredCredentials(sessions, slug, keys(OLD)).of(repo_url) is None


async def test_keys_are_only_needed_where_something_is_stored(
    sessions: Sessions, organization: TestOrganization, repo_url: str
) -> None:
    without_keys = StoredCredentials(sessions, organization.slug, None)
    assert await without_keys.of("https://git.example.org/another") is None
    with pytest.raises(EncryptionKeyError, match="SLIPWAY_ENCRYPTION_KEYS is not set"):
        await without_keys.of(repo_url)
    with pytest.raises(UndecryptableError, match="None of the keys"):
        await StoredCredentials(sessions, organization.slug, keys(NEW)).of(repo_url)


def test_the_first_key_encrypts_and_each_one_decrypts() -> None:
    value = keyring(OLD).encrypt("ü")
    assert keyring(NEW, OLD).decrypt(value) == "ü"
    assert keyring(NEW).decrypt(keyring(NEW, OLD).encrypt("ü")) == "ü"
    assert keyring(NEW).decrypt(keyring(NEW, OLD).rotate(value)) == "ü"


@pytest.mark.parametrize("bad", ["short", "n0t base64!", "A" * 42, "ü" * 44])
def test_a_bad_key_is_named_by_its_place_and_never_shown(bad: str) -> None:
    with pytest.raises(EncryptionKeyError, match="Key 2 of SLIPWAY_ENCRYPTION_KEYS") as caught:
        keyring(OLD, bad)
    assert bad not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("listed", [None, SecretStr(""), SecretStr(" , ")])
def test_no_key_at_all_says_how_to_make_one(listed: SecretStr | None) -> None:
    with pytest.raises(EncryptionKeyError, match=r"makes one: put it into \.env .* gateway anew"):
        Keyring.parsed(listed)


def test_every_column_of_secrets_takes_part_in_the_rotation() -> None:
    """Whoever adds a column of bytes says here whether it holds secrets."""
    binary = {
        (name, column.name)
        for name, table in Base.metadata.tables.items()
        for column in table.columns
        if "LargeBinary" in repr(column.type)
    }
    assert set(ENCRYPTED) == binary - OTHER_BYTES


async def test_the_command_brings_every_secret_under_the_first_key(
    migrated_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await migrated_database()
    async with open_sessions(url) as sessions:
        async with sessions.begin() as session:
            organization = await Organizations(session).ensure("default", "default")
            for key in ("ONE", "TWO"):
                await Projects(session, organization).create(key, f"https://example.org/{key}")
            credentials = ProjectCredentials(session, organization, keyring(OLD))
            await credentials.set("ONE", CREDENTIAL)
        monkeypatch.setenv("MIGRATION_DATABASE_URL", url)
        monkeypatch.setenv("SLIPWAY_ENCRYPTION_KEYS", f"{NEW},{OLD}")
        for _ in range(2):
            done = await asyncio.to_thread(CliRunner().invoke, app, ["rotate-keys"])
            assert (done.exit_code, done.stdout) == (
                0,
                "1 stored secrets are under the first key\n",
            )
        under_new = StoredCredentials(sessions, "default", keys(NEW))
        assert await under_new.of("https://example.org/ONE") == CREDENTIAL
        monkeypatch.setenv("SLIPWAY_ENCRYPTION_KEYS", OLD)
        done = await asyncio.to_thread(CliRunner().invoke, app, ["rotate-keys"])
        assert done.exit_code != 0
        assert "projects.git_credential of row" in done.stderr


async def test_a_rotation_counts_secrets_and_not_rows(migrated_database: NewDatabase) -> None:
    async with open_sessions(await migrated_database()) as sessions:
        async with sessions.begin() as session:
            organization = await Organizations(session).ensure("default", "default")
            places = Endpoints(session, organization)
            for name, secrets in (("room", ()), ("hook", ("whsec_b25l", "whsec_dHdv"))):
                endpoint = Endpoint(
                    name=name, channel=Channel.WEBHOOK, address="https://x.test", secrets=secrets
                )
                await places.put(endpoint, keyring(OLD))
        assert await rotate(sessions, keyring(NEW, OLD)) == 4


async def test_a_secret_that_no_key_reads_stops_the_rotation_and_nothing_is_changed(
    migrated_database: NewDatabase,
) -> None:
    url = await migrated_database()
    lost = Fernet.generate_key().decode()
    async with open_sessions(url) as sessions:
        async with sessions.begin() as session:
            organization = await Organizations(session).ensure("default", "default")
            for key, used in {"ONE": OLD, "TWO": lost}.items():
                await Projects(session, organization).create(key, f"https://example.org/{key}")
                await ProjectCredentials(session, organization, keyring(used)).set(key, CREDENTIAL)
        before = await _values(sessions)
        with pytest.raises(UndecryptableError, match="Nothing was changed"):
            await rotate(sessions, keyring(NEW, OLD))
        assert await _values(sessions) == before


async def _values(sessions: Sessions) -> list[bytes]:
    async with sessions() as session:
        rows = await session.execute(text("SELECT git_credential FROM projects ORDER BY key"))
        return [row.git_credential for row in rows]
