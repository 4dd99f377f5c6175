"""Postgres's programs where its user can reach them."""

import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from stack.children import Owner


def reachable_install(postgres: Path, owner: Owner | None) -> Path:
    """`postgres`, or its copy in a public directory if `owner` cannot get at the original.

    A virtual environment below /root is closed to others. Unlike data, programs cannot be used by
    way of the current directory: Postgres looks for its share and lib folders by its real path.
    """
    if owner is None or _can_run(postgres, owner):
        return postgres
    wheel = postgres.parents[2]
    copy = Path(tempfile.gettempdir()) / f"slipway-postgres-{_fingerprint(postgres)}"
    if not _is_ours(copy):
        copy = _copy(wheel, copy)
    return copy / postgres.relative_to(wheel.parent)


def _can_run(postgres: Path, owner: Owner) -> bool:
    command = ["/bin/sh", "-c", 'test -x "$0" && test -r "$0"', str(postgres)]
    return (
        subprocess.run(
            command, user=owner.uid, group=owner.gid, extra_groups=[], check=False, cwd="/"
        ).returncode
        == 0
    )


def _fingerprint(postgres: Path) -> str:
    status = postgres.stat()
    return f"{status.st_size:x}-{status.st_mtime_ns:x}"


def _is_ours(copy: Path) -> bool:
    """Anybody may make folders in the temporary directory: only one that is root's is trusted."""
    try:
        status = copy.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == 0 and not status.st_mode & 0o022


def _copy(wheel: Path, destination: Path) -> Path:
    """Whole or not at all; another name if a stranger sits on `destination`."""
    new = Path(tempfile.mkdtemp(prefix="slipway-postgres-"))
    shutil.copytree(wheel, new / wheel.name, symlinks=True)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, new / libraries.name, symlinks=True)
    new.chmod(0o755)
    try:
        return new.rename(destination)
    except OSError:
        if not _is_ours(destination):
            return new
        shutil.rmtree(new)
        return destination
