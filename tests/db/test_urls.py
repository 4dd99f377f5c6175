"""Addresses as platforms and people write them."""

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from db.engine import open_sessions
from db.pool import Pool
from db.urls import InvalidDatabaseUrlError, target_of

NEON = "ep-cool-darkness-123456"
REGION = "us-east-2.aws.neon.tech"

# Address; user, password, host, port, database; ssl; pooled.
FORMS: list[tuple[str, tuple[str | int | None, ...], str | None, bool]] = [
    (
        "postgresql://postgres:aBc@postgres.railway.internal:5432/railway",
        ("postgres", "aBc", "postgres.railway.internal", 5432, "railway"),
        *(None, False),
    ),
    (
        "postgresql://postgres:aBc@roundhouse.proxy.rlwy.net:41234/railway",
        ("postgres", "aBc", "roundhouse.proxy.rlwy.net", 41234, "railway"),
        *(None, False),
    ),
    (
        "postgresql://postgres:aBc@pgbouncer.railway.internal:5432/railway",
        ("postgres", "aBc", "pgbouncer.railway.internal", 5432, "railway"),
        *(None, True),
    ),
    (
        f"postgresql://owner:npg_x@{NEON}-pooler.{REGION}/neondb"
        "?sslmode=require&channel_binding=require",
        ("owner", "npg_x", f"{NEON}-pooler.{REGION}", None, "neondb"),
        *("require", True),
    ),
    (
        f"postgresql://owner:npg_x@{NEON}.{REGION}/neondb?sslmode=require&channel_binding=require",
        ("owner", "npg_x", f"{NEON}.{REGION}", None, "neondb"),
        *("require", False),
    ),
    (
        f"postgres://owner:npg_x@{NEON}.{REGION}:5432/neondb?sslmode=require&connect_timeout=15",
        ("owner", "npg_x", f"{NEON}.{REGION}", 5432, "neondb"),
        *("require", False),
    ),
    ("postgres://me:pw@host/db", ("me", "pw", "host", None, "db"), None, False),
    ("postgresql+asyncpg://me:pw@host/db", ("me", "pw", "host", None, "db"), None, False),
    ("postgresql+psycopg2://me:pw@host/db", ("me", "pw", "host", None, "db"), None, False),
    ("  postgres://me:pw@host/db\n", ("me", "pw", "host", None, "db"), None, False),
    ("postgres://me:p%40s%2Fs%3A%25@host/db", ("me", "p@s/s:%", "host", None, "db"), None, False),
    ("postgres://me:p/s#s:?w@host/db", ("me", "p/s#s:?w", "host", None, "db"), None, False),
    ("postgres://me:%C3%A4+b@host/db", ("me", "ä+b", "host", None, "db"), None, False),
    ("postgres://me@host/db", ("me", None, "host", None, "db"), None, False),
    (
        "postgres://me:pw@[2001:db8::1]:5433/db",
        ("me", "pw", "2001:db8::1", 5433, "db"),
        None,
        False,
    ),
    ("postgres://me:pw@[::1]/db", ("me", "pw", "::1", None, "db"), None, False),
    ("postgres://%2Fvar%2Frun/db", (None, None, "/var/run", None, "db"), None, False),
    ("postgresql:///db", (None, None, None, None, "db"), None, False),
    ("postgres://me:pw@host:6432/db", ("me", "pw", "host", 6432, "db"), None, True),
    ("postgres://me:pw@host/db?pgbouncer=true", ("me", "pw", "host", None, "db"), None, True),
    (
        "postgres://me:pw@host/db?sslmode=disable",
        ("me", "pw", "host", None, "db"),
        "disable",
        False,
    ),
    ("postgres://me:pw@host/db?sslmode=prefer", ("me", "pw", "host", None, "db"), "prefer", False),
    ("postgres://me:pw@host/db?ssl=true", ("me", "pw", "host", None, "db"), "require", False),
]

# Self-signed, its key thrown away.
ROOT = """\
-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIUaQoCkpQOKq571UGljb5di80+JekwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQYSByb290IGZvciB0ZXN0czAgFw0yNjExMjEwNTQwMzRaGA8y
MTI2MTAyODA1NDAzNFowGzEZMBcGA1UEAwwQYSByb290IGZvciB0ZXN0czBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABFDisjEsthb7KZgbU7niPPZTrzmHtujUu14b
VsDAxK1W4h/NWnHfNp4x8Dp/+cHO+uvyCsBjt5KtnnhJo/XAkbmjUzBRMB0GA1Ud
DgQWBBT961A5rXKWjJmoEi5oVXLwydYAgTAfBgNVHSMEGDAWgBT961A5rXKWjJmo
Ei5oVXLwydYAgTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIBtG
jNoCuspb1IEwzIBptUVvQKUMy8rITcBGgkBlu4RoAiEApSlUN/JZLO54ecyCZOGz
qSXqbY32BdtNT4Irct6kTms=
-----END CERTIFICATE-----
"""

SECRET = "hunter2"
GARBAGE = [
    *("", "   ", "garbage", SECRET, "${{Postgres.DATABASE_URL}}", "postgres:", "postgresql://"),
    *(f"mysql://me:{SECRET}@host/db", f"jdbc:postgresql://me:{SECRET}@host/db"),
    *(f"psql 'postgresql://me:{SECRET}@host/db'", f'"postgres://me:{SECRET}@host/db"'),
    f"postgres://me:at@{SECRET}@host/db",
    f"postgres://me:at@{SECRET}?x=1@host/db",
    f"postgres://me:{SECRET}@host:54x32/db",
    f"postgres://me:{SECRET}@host:0/db",
    f"postgres://me:{SECRET}@host:99999/db",
    f"postgres://me:{SECRET}@one:5432,two:5432/db",
    f"postgres://me:{SECRET}@[::1/db",
    f"postgres://me:{SECRET}@a..b/db",
    f"postgres://me:{SECRET}@{'a' * 64}.example/db",
    f"postgres://me:{SECRET}%00@host/db",
    f"postgres://me:{SECRET} @host/db",
    f"postgres://me:{SECRET}@host/db?sslmode=maybe",
    f"postgres://me:{SECRET}@host/db?sslmode=require&sslmode=disable",
    f"postgres://me:{SECRET}@host/db?connect_timeout=soon",
    f"postgres://me:{SECRET}@host/db?schema=public",
    f"postgres://me:{SECRET}@host/db?sslmode=verify-ca&sslrootcert=/not/there",
    f"postgres://me:{SECRET}@host/db?port=5432x",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root.crt"
    path.write_text(ROOT)
    return path


@pytest.mark.parametrize(("url", "parts", "encryption", "pooled"), FORMS)
def test_an_address_keeps_its_meaning(
    url: str, parts: tuple[str | int | None, ...], encryption: str | None, pooled: bool
) -> None:
    target = target_of(url)
    read = target.url
    assert (read.username, read.password, read.host, read.port, read.database) == parts
    assert (target.ssl, target.pooled) == (encryption, pooled)
    assert read.drivername == "postgresql+asyncpg"


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_an_encoded_password_comes_through(password: str) -> None:
    url = f"postgres://me:{quote(password, safe='')}@host/db"
    assert target_of(url).url.password == password


def test_what_asyncpg_does_not_know_is_dropped() -> None:
    target = target_of(
        "postgres://me@host/db?channel_binding=require&keepalives=1&target_session_attrs=any"
    )
    assert dict(target.url.query) == {}


def test_a_socket_may_stand_in_the_query() -> None:
    target = target_of("postgresql://me@/db?host=/var/run/postgresql&port=5433")
    assert dict(target.url.query) == {"host": "/var/run/postgresql", "port": "5433"}


def test_options_and_application_name_go_to_the_server() -> None:
    target = target_of("postgres://me@host/db?options=-c%20search_path%3Da&application_name=mine")
    settings = target.connect_args("slipway")["server_settings"]
    assert settings == {"options": "-c search_path=a", "application_name": "mine"}


def test_the_address_decides_how_long_a_connection_may_take() -> None:
    assert target_of("postgres://me@host/db").connect_args("x")["timeout"] == 3
    given = target_of("postgres://me@host/db?connect_timeout=15")
    assert given.connect_args("x")["timeout"] == 15


@pytest.mark.parametrize(
    ("query", "checks_the_name"),
    [
        ("sslmode=verify-ca", False),
        ("sslmode=verify-full", True),
        ("sslmode=verify-full&sslrootcert=system", True),
        ("sslrootcert=system", True),
    ],
)
def test_a_verifying_mode_verifies(query: str, checks_the_name: bool) -> None:
    context = target_of(f"postgres://me:pw@host/db?{query}").ssl
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is checks_the_name


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_a_root_certificate_is_the_only_one_trusted(mode: str, root: Path) -> None:
    context = target_of(f"postgres://me@host/db?sslmode={mode}&sslrootcert={root}").ssl
    assert isinstance(context, ssl.SSLContext)
    assert len(context.get_ca_certs()) == 1
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_behind_a_pooler_nothing_is_left_to_the_session() -> None:
    args = target_of("postgres://me@host-pooler.neon.tech/db").connect_args("x", lock_timeout="1")
    assert args["server_settings"] == {"application_name": "x"}
    assert args["statement_cache_size"] == args["prepared_statement_cache_size"] == 0
    name: Any = args["prepared_statement_name_func"]
    assert name() != name()


@pytest.mark.parametrize("url", GARBAGE)
def test_garbage_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InvalidDatabaseUrlError) as caught:
        target_of(url)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_postgres_takes_what_an_address_sets(postgres_url: str) -> None:
    options = "options=-c%20statement_timeout%3D1234%20-c%20search_path%3Delsewhere"
    url = f"{postgres_url}?sslmode=prefer&channel_binding=prefer&{options}"
    async with open_sessions(url, Pool("urls")) as sessions, sessions() as session:
        settings = "current_setting('search_path'), current_setting('application_name')"
        assert tuple((await session.execute(text(f"SELECT {settings}"))).one()) == (
            "elsewhere",
            "urls",
        )


async def test_the_arguments_for_poolers_work(postgres_url: str) -> None:
    async with open_sessions(f"{postgres_url}?pgbouncer=true") as sessions:
        for number in range(3):
            async with sessions() as session:
                doubled = text("SELECT CAST(:number AS int) * 2")
                assert await session.scalar(doubled, {"number": number}) == number * 2
