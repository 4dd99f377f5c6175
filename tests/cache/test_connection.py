"""Every way an address may be written, on real servers."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.asyncio import Redis
from redis.exceptions import ConnectionError
from sqlalchemy import make_url

from cache.connection import PATIENCE, open_listening, open_redis, patience_of
from errors import PermanentError
from tests.cache.conftest import LONG, NewServer
from tests.faults.proxies import Proxy


async def test_it_speaks_the_third_protocol(redis: Redis) -> None:
    assert int((await redis.client_info())["resp"]) == 3


async def test_user_password_and_database_are_taken_from_the_address(
    redis: Redis, redis_url: str
) -> None:
    await redis.acl_setuser("worker", enabled=True, passwords=["+p@ss:/1"], commands=["+@all"])
    url = make_url(redis_url)
    async with open_redis(f"redis://worker:p%40ss%3A%2F1@127.0.0.1:{url.port}/3", LONG) as named:
        assert await named.acl_whoami() == b"worker"
        assert int((await named.client_info())["db"]) == 3


async def test_ipv6_is_spoken(new_server: NewServer) -> None:
    server = new_server("--bind", "127.0.0.1", "::1")
    address = server.url.replace("127.0.0.1", "[::1]")
    async with open_redis(address, LONG) as redis:
        assert "[::1]" in str((await redis.client_info())["addr"])


async def test_a_certificate_must_be_of_somebody_known(redis_url: str, tmp_path: Path) -> None:
    async with behind_tls(redis_url, tmp_path) as (address, certificate):
        async with open_redis(f"{address}?ssl_ca_certs={certificate}", LONG) as redis:
            assert await redis.ping()
        async with open_redis(address, LONG) as redis:
            with pytest.raises(ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
                await redis.ping()


async def test_a_certificate_must_be_of_this_host(redis_url: str, tmp_path: Path) -> None:
    async with behind_tls(redis_url, tmp_path) as (address, certificate):
        elsewhere = address.replace("127.0.0.1", "localhost")
        async with open_redis(f"{elsewhere}?ssl_ca_certs={certificate}", LONG) as redis:
            with pytest.raises(ConnectionError, match=r"(?i)hostname mismatch"):
                await redis.ping()


@pytest.mark.parametrize(
    "url",
    [
        *("http://u:secret@h", "redis://:secret@/0", "redis://:secret@h/first", "h:6379"),
        "redis://:secret@h/0?nonsense=1",
    ],
)
async def test_an_address_that_would_be_taken_for_another_is_refused(url: str) -> None:
    with pytest.raises(PermanentError) as refusal:
        async with open_redis(url):
            pass
    assert "secret" not in str(refusal.value)


async def test_who_finds_no_free_connection_waits_for_one(redis: Redis) -> None:
    assert all(await asyncio.gather(*(redis.ping() for _ in range(500))))


async def test_patience_is_short_unless_said_otherwise(redis_url: str) -> None:
    async with open_redis(redis_url) as asking, open_listening(redis_url) as listening:
        assert patience_of(asking) == patience_of(listening) == PATIENCE
        assert timedelta(milliseconds=250) == PATIENCE


@asynccontextmanager
async def behind_tls(url: str, home: Path) -> AsyncIterator[tuple[str, Path]]:
    """The server at `url` with encryption in front: its address and its certificate."""
    certificate = make_certificate(home)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, home / "key.pem")
    parts = make_url(url)
    proxy = Proxy("127.0.0.1", parts.port or 0)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"rediss://:{parts.password}@127.0.0.1:{port}/0", certificate
        proxy.shut()


def make_certificate(home: Path) -> Path:
    """Signed by itself, and good for 127.0.0.1 alone."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    address = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=True)
        .sign(key, hashes.SHA256())
    )
    unencrypted = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (home / "key.pem").write_bytes(key.private_bytes(pem, form, unencrypted))
    (home / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    return home / "certificate.pem"
