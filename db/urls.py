"""Database addresses as people have them, made fit for asyncpg."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, make_url


@dataclass(frozen=True)
class Target:
    url: URL
    ssl: Any = None
    pooled: bool = False

    def connect_args(self, application_name: str) -> dict[str, Any]:
        args: dict[str, Any] = {
            "timeout": 3,
            "command_timeout": 10,
            "server_settings": {"application_name": application_name},
        }
        if self.ssl is not None:
            args["ssl"] = self.ssl
        return args


def target_of(url: str) -> Target:
    parsed = make_url(url)
    return Target(parsed.set(drivername="postgresql+asyncpg"))
