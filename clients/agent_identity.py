"""As whom agents run, and what is between them and the worker."""

import os
import pwd
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clients.file_locks import FileLock
from clients.launcher import PR_SET_DUMPABLE, control

LAUNCHER = Path(__file__).with_name("launcher.py")
# Nobody's, in Debian's policy as in systemd's table (https://systemd.io/UIDS-GIDS/).
UIDS = range(60706, 61184)
# Where state that a program is named by a variable of its own lies outside of its run.
NAMED_FOLDERS = ("HOME", "CARGO_HOME", "GOPATH", "GOCACHE", "GOMODCACHE")
SECRETS_AT_HOME = (
    *(".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".netrc", ".git-credentials"),
    *(".pgpass", ".npmrc", ".pypirc", ".config/gh", ".config/gcloud", ".config/git/credentials"),
)
SHARED = {"checkouts", "runs"}
PASSAGE = 0o711
PATIENCE = 20


@dataclass(frozen=True)
class AgentUser:
    """A uid that no other run on this machine has. Its group has the same number."""

    uid: int
    lock: FileLock


@dataclass(frozen=True)
class AgentIdentity:
    """`announcement` says to the operator how far agents are kept apart, `uids` are those they may
    run under (none: the worker's own), `shown` what such a user must reach, `hidden` what agents
    under the worker's own user can't read because the kernel seals them off."""

    announcement: str
    state: Path | None = None
    uids: Sequence[int] = ()
    shown: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()

    def lease(self) -> AgentUser | None:
        """None where agents run as the worker's own user. Raises BlockingIOError when more run
        than there are users."""
        if not self.uids or self.state is None:
            return None
        _close(self.state)
        # Workers that start at the same time begin at different ends.
        offset = (os.getpid() * 31) % len(self.uids)
        for uid in (*self.uids[offset:], *self.uids[:offset]):
            if lock := lock_of(uid):
                return AgentUser(uid, lock)
        raise BlockingIOError(f"all {len(self.uids)} users for agents are taken")

    def confinement(
        self, uid: int | None, own: Sequence[Path], environment: Mapping[str, str]
    ) -> tuple[str, ...]:
        """For the launcher. `own` are the folders that the program may write to."""
        if uid is not None:
            return (f"uid={uid}", *(f"show={path}" for path in (*self.shown, *own)))
        if not self.hidden:
            return ()
        named = [environment[name] for name in NAMED_FOLDERS if name in environment]
        there = (name for name in named if os.path.isabs(name) and os.path.isdir(name))
        writable = (*map(str, own), *map(os.path.realpath, there))
        return (
            "seal=1",
            *(f"hide={path}" for path in self.hidden),
            *(f"own={path}" for path in writable),
        )


UNCONFINED = AgentIdentity("agents run as the worker's own user, with nothing between them")


def agent_identity(
    state_dir: Path,
    secrets: Sequence[Path] = (),
    *,
    other_user: bool = True,
    patience: float = PATIENCE,
) -> AgentIdentity:
    """The best that this machine allows, after it was tried. Makes `state_dir` private; `secrets`
    are files elsewhere that agents must not read, such as the worker's `.env`. Blocks for some
    tenths of a second. Raises TimeoutError where the trial takes longer than `patience`, twice."""
    state = state_dir.resolve()
    _close(state, secrets)
    own = "agents run as the worker's own user"
    if os.geteuid() == 0 and other_user:
        others, why_not = _as_others(state, patience)
        if others is not None:
            return others
        own = f"{own}, root, because another one cannot work here ({why_not})"
    sealed = AgentIdentity(
        f"{own}; Landlock keeps them from its files, and from writing outside of their own folders",
        hidden=_hidden(state, secrets),
    )
    if (trouble := _tried(sealed, state, None, patience)) is None:
        return sealed
    return AgentIdentity(
        f"{own}, and can read what it can: nothing keeps them apart here ({trouble})"
    )


def identity_as_set(
    isolation: Literal["best", "none"], state_dir: Path, env_file: Path
) -> AgentIdentity:
    """What SLIPWAY_AGENT_ISOLATION wants on this machine, for a worker that starts here."""
    if isolation == "none":
        return UNCONFINED
    return agent_identity(state_dir, [env_file])


def hide_from_agents() -> None:
    """Of this process nobody but root sees environment and memory from now on. Programs that it
    starts are as visible as ever."""
    control(PR_SET_DUMPABLE, 0)


def lock_of(uid: int) -> FileLock | None:
    """None while somebody on this machine uses it, whatever his state folder is."""
    return FileLock.acquire(_locks() / f"{uid}.lock")


def _locks() -> Path:
    run = Path("/run") if os.access("/run", os.W_OK) else Path(tempfile.gettempdir())
    folder = run / "slipway-agents"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} is not ours")
    return folder


def _close(state: Path, secrets: Sequence[Path] = ()) -> None:
    """Through the state folder lead ways to checkouts, which strangers may walk but not see. What
    was put beside those since is closed to them."""
    shared = [state / name for name in sorted(SHARED)]
    for folder in shared:
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (state, *shared):
        if stat.S_IMODE(folder.stat().st_mode) != PASSAGE:
            folder.chmod(PASSAGE)
    ours = [path for path in state.iterdir() if path.name not in SHARED]
    for path in (*ours, *secrets):
        # Links are left alone, and so is what belongs to somebody else: a database's data.
        with suppress(FileNotFoundError):
            about = path.lstat()
            open_to_others = about.st_mode & 0o077 and not stat.S_ISLNK(about.st_mode)
            if open_to_others and about.st_uid == os.geteuid():
                path.chmod(about.st_mode & 0o700)


def _as_others(state: Path, patience: float) -> tuple[AgentIdentity | None, str]:
    taken = {user.pw_uid for user in pwd.getpwall()}
    folders = (sys.prefix, sys.base_prefix, str(LAUNCHER.parents[1]))
    shown = tuple(dict.fromkeys(Path(folder).resolve() for folder in folders))
    identity = AgentIdentity(
        f"agents run as users of their own, {UIDS[0]} to {UIDS[-1]}",
        state=state,
        uids=tuple(uid for uid in UIDS if uid not in taken),
        shown=shown,
    )
    user = identity.lease()
    if user is None:
        return None, "all its numbers are taken"
    try:
        trouble = _tried(identity, state, user.uid, patience)
    finally:
        user.lock.release()
    return (None, trouble) if trouble is not None else (identity, "")


def _tried(identity: AgentIdentity, state: Path, uid: int | None, patience: float) -> str | None:
    """What keeps a program from running like that in a checkout; None when it works."""
    with tempfile.TemporaryDirectory(dir=state / "runs") as folder:
        if uid is not None:
            os.chown(folder, uid, uid)
        given = (f"parent={os.getpid()}", *identity.confinement(uid, [Path(folder)], {}))
        argv = (sys.executable, "-I", "-S", str(LAUNCHER), *given, "--", sys.executable, "-c", "")
        done = _ended(argv, folder, patience)
    return done.stderr.decode(errors="replace").strip()[-200:] if done.returncode else None


def _ended(argv: Sequence[str], folder: str, patience: float) -> subprocess.CompletedProcess[bytes]:
    """Who was stopped for a while tries again. Slow is not impossible: what keeps agents apart is
    not left out for it. Raises TimeoutError."""
    for _ in range(2):
        with suppress(subprocess.TimeoutExpired):
            return subprocess.run(
                argv,
                cwd=folder,
                env={},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=patience,
                check=False,
            )
    raise TimeoutError(
        f"whether agents can be kept apart here was not seen within {patience} s, twice: this "
        "machine is too busy. Start again when it is less so"
    )


def _hidden(state: Path, secrets: Sequence[Path]) -> tuple[Path, ...]:
    home = Path.home()
    at_home = [home / name for name in SECRETS_AT_HOME]
    # Also what is not there yet: a worker lives for weeks.
    return tuple(dict.fromkeys(path.resolve() for path in (state, *secrets, *at_home)))
