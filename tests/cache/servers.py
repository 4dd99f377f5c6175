"""A Valkey of a test's own, as the embedded stack starts it, which the test may mistreat."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url

from stack import valkey
from stack.children import spawn

PATIENCE = 30.0


class Server:
    """Always at the same address. `options` are the server's own, such as --maxmemory."""

    def __init__(self, home: Path, *options: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        launch = valkey.launch(home)
        log = ["--logfile", str(home / "server.log")]
        launch.command.argv.extend([*log, *options])
        self._command = launch.command
        self._process: subprocess.Popen[bytes] | None = None
        self.url = launch.record.address
        self.port = make_url(self.url).port or 0

    def start(self) -> None:
        self._process = spawn(self._command)
        ends = time.monotonic() + PATIENCE
        with Redis.from_url(self.url) as redis:
            while not _answers(redis):
                assert time.monotonic() < ends, (self._home / "server.log").read_text()
                time.sleep(0.01)

    def kill(self) -> None:
        """At once, and with nothing left to come back to."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        shutil.rmtree(self._home / "data")
        (self._home / "data").mkdir()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False
