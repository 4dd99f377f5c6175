"""The three servers by name. The name is also the server's folder in the state directory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack import postgres, temporal, valkey
from stack.launch import Launch


@dataclass(frozen=True)
class Server:
    """`find` raises MissingWheelError; `launch` gets the server's folder and picks free ports."""

    title: str
    find: Callable[[], Path]
    launch: Callable[[Path], Launch]


SERVERS = {
    "temporal": Server("Temporal", temporal.find, temporal.launch),
    "postgres": Server("Postgres", postgres.find, postgres.launch),
    "valkey": Server("Valkey", valkey.find, valkey.launch),
}
