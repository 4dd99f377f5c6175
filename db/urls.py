"""Database addresses as people have them, made fit for asyncpg."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ssl import CERT_NONE, SSLContext, create_default_context
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from errors import MisuseError

SCHEME = re.compile(r"postgres(ql)?(\+\w+)?://")
PLAIN_MODES = ("disable", "allow", "prefer", "require")
VERIFYING_MODES = ("verify-ca", "verify-full")
# asyncpg knows none of them, and nothing breaks without them.
DROPPED = {
    *("channel_binding", "gssencmode", "sslsni", "target_session_attrs"),
    *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
}
SERVER_SETTINGS = {"application_name", "options"}
POOLER_PORT = 6432


class InvalidDatabaseUrlError(MisuseError):
    """An address that no database can have. The message never repeats it: it holds a password."""

    def __init__(self, fact: str) -> None:
        super().__init__(
            f"the database URL {fact}; it must look like "
            "postgresql://user:password@host:5432/database?sslmode=require"
        )


@dataclass(frozen=True)
class Target:
    """`pooled`: behind a transaction pooler, where no session lasts beyond its transaction."""

    url: URL
    ssl: SSLContext | str | None = None
    pooled: bool = False
    timeout: float = 3.0
    server_settings: Mapping[str, str] = field(default_factory=dict)

    def connect_args(self, application_name: str, **settings: str) -> dict[str, Any]:
        """`settings` are the session's; what the address itself says of them wins. A pooler
        refuses settings it does not track, so there they stay away."""
        ours = {"application_name": application_name, **({} if self.pooled else settings)}
        args: dict[str, Any] = {
            "timeout": self.timeout,
            "server_settings": {**ours, **self.server_settings},
        }
        if self.ssl is not None:
            args["ssl"] = self.ssl
        if self.pooled:
            args |= {
                "statement_cache_size": 0,
                "prepared_statement_cache_size": 0,
                # The next transaction may meet a server that knows another's statements.
                "prepared_statement_name_func": lambda: f"slipway_{uuid4().hex}",
            }
        return args


def target_of(url: str) -> Target:
    """Understands what libpq does, as Railway, Neon and plain Postgres hand it out. One host only.

    `channel_binding` is dropped: asyncpg has none. Without `sslrootcert`, the verifying modes trust
    the system's authorities. Raises InvalidDatabaseUrlError.
    """
    parsed = _parse(url.strip())
    query = {name: value for name, value in parsed.query.items() if name not in DROPPED}
    place: dict[str, str] = {
        name: _one(query.pop(name)) for name in ("host", "port") if name in query
    }
    pooled = _is_pooled(parsed) or query.pop("pgbouncer", "") == "true"
    encryption = _ssl(query)
    timeout = _timeout(query.pop("connect_timeout", "3"))
    if not place.get("port", "1").isdecimal():
        raise InvalidDatabaseUrlError("has a port that cannot be")
    if unknown := set(query) - SERVER_SETTINGS:
        raise InvalidDatabaseUrlError(f"has the unknown parameter {min(unknown)}")
    bare = parsed.set(drivername="postgresql+asyncpg", query=place)
    settings = {name: _one(value) for name, value in query.items()}
    return Target(bare, encryption, pooled, timeout, settings)


def _parse(url: str) -> URL:
    if not SCHEME.match(url):
        raise InvalidDatabaseUrlError("does not begin with postgresql://")
    if url.count("@") > 1:
        raise InvalidDatabaseUrlError("has a second @, which must be written as %40")
    if "\0" in unquote(url) or re.search(r"\s", url):
        raise InvalidDatabaseUrlError("has a space or a NUL character in it")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Not even as the cause: it would quote the address.
        raise InvalidDatabaseUrlError("cannot be read") from None
    if parsed.host is not None:
        parsed = parsed.set(host=unquote(parsed.host))
    return _checked(parsed)


def _checked(url: URL) -> URL:
    host = url.host or _one(url.query.get("host", ""))
    if not host and not url.database:
        raise InvalidDatabaseUrlError("names neither host nor database")
    if url.port is not None and not 0 < url.port < 65536:
        raise InvalidDatabaseUrlError("has a port that cannot be")
    try:
        host.encode("idna")
    except UnicodeError:
        raise InvalidDatabaseUrlError("has a host name that cannot be") from None
    return url


def _is_pooled(url: URL) -> bool:
    """Neon says so in the first label; Railway's template is named for PgBouncer."""
    host = (url.host or "").lower()
    return host.split(".")[0].endswith("-pooler") or "pgbouncer" in host or url.port == POOLER_PORT


def _ssl(query: dict[str, Any]) -> SSLContext | str | None:
    """Takes its parameters out of the query. As in libpq, a root certificate verifies the server
    even under `require`, and `system` stands for the system's own under verify-full."""
    mode = _one(query.pop("sslmode", None) or query.pop("ssl", ""))
    root, certificate, key = (
        _one(query.pop(name, "")) for name in ("sslrootcert", "sslcert", "sslkey")
    )
    if mode in ("true", "1"):
        mode = "require"
    if mode not in ("", *PLAIN_MODES, *VERIFYING_MODES):
        raise InvalidDatabaseUrlError("has an unknown sslmode")
    if root == "system":
        mode, root = "verify-full", ""
    if root and mode == "require":
        mode = "verify-ca"
    if mode not in VERIFYING_MODES and not certificate:
        return mode or None
    try:
        return _context(mode, root, (certificate, key))
    except OSError as error:
        raise InvalidDatabaseUrlError(
            f"names certificates that cannot be read ({error.strerror or type(error).__name__})"
        ) from None


def _context(mode: str, root: str, certificate: tuple[str, str]) -> SSLContext:
    context = create_default_context(cafile=root or None)
    context.check_hostname = mode == "verify-full"
    if mode not in VERIFYING_MODES:
        context.verify_mode = CERT_NONE
    if certificate[0]:
        context.load_cert_chain(certificate[0], certificate[1] or None)
    return context


def _timeout(seconds: str | tuple[str, ...]) -> float:
    if not re.fullmatch(r"[1-9]\d{0,2}", _one(seconds)):
        raise InvalidDatabaseUrlError("has a connect_timeout that is no number of seconds")
    return float(_one(seconds))


def _one(value: str | tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise InvalidDatabaseUrlError("has a parameter twice")
    return value
