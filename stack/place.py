"""One server's corner of the state directory: its files, and the record of where it listens."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """Where a server that is ready listens. `address` may hold a password."""

    address: str
    ui: str | None = None


@dataclass(frozen=True)
class Place:
    """Files of one server. What they say counts only as long as the matching lock is held."""

    home: Path

    @property
    def name(self) -> str:
        return self.home.name

    @property
    def door(self) -> Path:
        """Held for an instant by whoever looks whether a supervisor is there, or starts one."""
        return self.home / "door.lock"

    @property
    def users(self) -> Path:
        """Shared by everybody who uses the server; the supervisor takes it when all are gone."""
        return self.home / "users.lock"

    @property
    def supervisor(self) -> Path:
        """Held by the supervisor as long as it lives. Its text is the supervisor's process id."""
        return self.home / "supervisor.lock"

    @property
    def data(self) -> Path:
        """Held by the supervisor and by the server itself: one server at a time on its data."""
        return self.home / "data.lock"

    @property
    def pid(self) -> Path:
        """The server's process id, true as long as the data lock is held."""
        return self.home / "server.pid"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def make(self) -> None:
        """Private to its owner: the logs and data are nobody else's, the record has a password."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)

    def publish(self, record: Record) -> None:
        write_private(self._record, json.dumps(asdict(record)))

    def withdraw(self) -> None:
        self._record.unlink(missing_ok=True)

    def record(self) -> Record | None:
        """None also for half a record, as a machine that lost its power may leave it."""
        try:
            return Record(**json.loads(self._record.read_bytes()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def keep_last_log(self) -> None:
        """A fresh log for each supervisor, and one before it."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))

    def tail(self) -> str:
        """The last lines of the log, at most 2,000 characters."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return "(no log)"
        return "\n".join(text.splitlines()[-15:])[-2000:]

    @property
    def _record(self) -> Path:
        return self.home / "ready.json"


def write_private(path: Path, text: str) -> None:
    """Replaces the file at once: a reader sees the old text or the new one, never a half."""
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
