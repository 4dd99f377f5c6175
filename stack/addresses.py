"""Where the three servers are: what was given, and what there is in the end."""

import re
from urllib.parse import quote, urlsplit

from pydantic import BaseModel

from errors import MisuseError


class BadAddressError(MisuseError):
    """An address nobody could connect to. The message never repeats it: it may hold a password."""


class Given(BaseModel, frozen=True):
    """Addresses from outside. One that is None means: the embedded server."""

    temporal: str | None = None
    database_url: str | None = None
    redis_url: str | None = None


class Addresses(BaseModel, frozen=True):
    """`temporal` is host:port; `ui` is None where Temporal is not ours."""

    temporal: str
    database_url: str
    redis_url: str
    ui: str | None

    @property
    def tickets(self) -> str | None:
        """The Web UI's list of tickets: the sweeps, which run each half minute, left out."""
        if self.ui is None:
            return None
        return f"{self.ui}/namespaces/default/workflows?query={TICKETS}"


HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+):\d{1,5}")
TICKETS = quote('WorkflowType="JiraWork"', safe="")
VARIABLES = {
    "temporal": "TEMPORAL_ADDRESS",
    "database_url": "DATABASE_URL",
    "redis_url": "REDIS_URL",
}


def check(given: Given) -> None:
    """Raises BadAddressError for an address that is malformed; None is fine."""
    if given.temporal is not None and not _is_host_and_port(given.temporal):
        raise BadAddressError("TEMPORAL_ADDRESS must be host:port, such as 127.0.0.1:7233")
    if given.database_url is not None and not _has_scheme(given.database_url, "postgres"):
        raise BadAddressError("DATABASE_URL must be postgresql://user:password@host:port/database")
    if given.redis_url is not None and not _is_redis(given.redis_url):
        raise BadAddressError(
            "REDIS_URL must be redis://user:password@host:port/0 (or rediss:// for TLS), with a "
            "number at its end if anything"
        )


def _is_host_and_port(address: str) -> bool:
    try:
        return HOST_AND_PORT.fullmatch(address) is not None and bool(urlsplit(f"//{address}").port)
    except ValueError:
        return False


def _is_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        somewhere = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    database = parts.path.strip("/")
    return (
        somewhere and parts.scheme in ("redis", "rediss") and (not database or database.isdecimal())
    )


def _has_scheme(url: str, *beginnings: str) -> bool:
    try:
        parts = urlsplit(url)
        # Reading the port is what finds "localhost:54x32".
        return parts.scheme.startswith(beginnings) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
