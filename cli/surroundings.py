"""What the commands are given to work with, from outside: settings, servers, environment."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from contracts.search_attributes import SEARCH_ATTRIBUTES
from settings import Settings, environment
from stack.given import servers


class Addresses(Protocol):
    """Where the servers are; stack/addresses.py makes them."""

    @property
    def temporal(self) -> str: ...
    @property
    def database_url(self) -> str: ...
    @property
    def redis_url(self) -> str: ...
    @property
    def tickets(self) -> str | None: ...


class Servers(Protocol):
    def __call__(
        self, settings: Settings, say: Callable[[str], None]
    ) -> AbstractContextManager[Addresses]: ...


@dataclass(frozen=True)
class Surroundings:
    """What the entry point hands to every command."""

    settings: Callable[[], Settings]
    servers: Servers
    environment: Mapping[str, str]
    search_attributes: Mapping[str, str]


def of_this_process() -> Surroundings:
    return Surroundings(
        settings=Settings,
        servers=servers,
        environment=environment(),
        search_attributes=SEARCH_ATTRIBUTES,
    )
