"""What the kernel lets a program see and write: a view of its own, or Landlock's seal.

Used by launcher.py in the program's own process, between fork and exec; standard library only.
See mount_namespaces(7) and landlock(7).
"""

import ctypes
import os
import stat
import struct

CLONE_NEWNS = 0x20000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 0x1000, 0x4000, 0x40000
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1, 2, 4, 8, 1 << 14
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
ALL = (1 << 15) - 1
SCOPE_ABSTRACT_SOCKET, SCOPE_SIGNAL = 1, 2
# Before the second version nothing can be renamed from one folder to another.
OLDEST = 2
WRITABLE = "/dev"

libc = ctypes.CDLL(None, use_errno=True)


def show(paths: list[str], uid: int) -> None:
    """Makes these reachable for the user: in a view that only this process and its children have,
    a folder above that is closed to him is replaced by one that holds nothing else. Does nothing
    where all is reachable. Raises OSError where root may not mount."""
    closed: dict[str, list[str]] = {}
    for path in paths:
        if (gate := first_closed(path, uid)) is not None:
            closed.setdefault(gate, []).append(path)
    if not closed:
        return
    here = os.getcwd()
    try:
        _check(libc.unshare(CLONE_NEWNS))
        _mount("none", "/", MS_REC | MS_PRIVATE)
        for gate, shown in closed.items():
            _replace(gate, shown)
    except OSError as error:
        said = f"{', '.join(closed)} lets no other user through, and nothing can be mounted there"
        raise OSError(error.errno, said) from error
    # Else `..` would lead behind what was mounted.
    os.chdir(here)


def first_closed(path: str, uid: int) -> str | None:
    """The topmost folder above an absolute path that keeps strangers out."""
    folder = "/"
    for name in path.split("/")[1:]:
        about = os.stat(folder)
        if about.st_uid != uid and about.st_gid != uid and not about.st_mode & stat.S_IXOTH:
            return folder
        folder = os.path.join(folder, name)
    return None


def _replace(gate: str, shown: list[str]) -> None:
    # One inside another comes with it.
    outer = {path for path in shown if not any(path.startswith(f"{other}/") for other in shown)}
    opened = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in outer}
    _mount("tmpfs", gate, MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
    for path, descriptor in opened.items():
        os.makedirs(path)
        _mount(f"/proc/self/fd/{descriptor}", path, MS_BIND | MS_REC)
        os.close(descriptor)


def _mount(source: str, target: str, flags: int, data: str = "") -> None:
    """With `data` a file system of the kind `source`, which is made for it."""
    kind = source.encode() if data else None
    _check(libc.mount(source.encode(), target.encode(), kind, flags, data.encode() or None))


def seal(hidden: list[str], own: list[str]) -> None:
    """From now on this process reads nothing in `hidden`, and writes only in `own`, which counts
    even inside of `hidden`, and to devices. What is hidden inside of `own` stays so: then nothing
    new can be made beside it. Raises OSError without Landlock."""
    ruleset = _ruleset()
    _allow(ruleset, "/", READ_DIR)
    _grant(ruleset, "/", EXECUTE | READ_FILE, hidden)
    there = [path for path in hidden if os.path.lexists(path)]
    for path in (WRITABLE, *own):
        _grant(ruleset, path, ALL, there)
    _check(libc.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def landlock() -> int:
    """Which version the kernel has; 0 for none."""
    return max(int(libc.syscall(CREATE_RULESET, None, 0, 1)), 0)


def _ruleset() -> int:
    version = landlock()
    if version < OLDEST:
        raise OSError("this kernel has no Landlock")
    handled = ALL if version >= 3 else ALL & ~TRUNCATE
    scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL if version >= 6 else 0
    about = struct.pack("QQQ", handled, 0, scoped)
    return _check(libc.syscall(CREATE_RULESET, about, len(about) if scoped else 8, 0))


def _grant(ruleset: int, path: str, access: int, hidden: list[str]) -> None:
    """Landlock can only add: where something inside is hidden, the rest of it is named."""
    if path in hidden:
        return
    inside = path.rstrip("/") + "/"
    if not any(name.startswith(inside) for name in hidden):
        _allow(ruleset, path, access)
        return
    with os.scandir(path) as entries:
        for entry in entries:
            if not entry.is_symlink():
                _grant(ruleset, entry.path, access, hidden)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # Gone, or not ours to see: then there is nothing to allow.
        return
    if landlock() < 3:
        access &= ~TRUNCATE
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        access &= OF_FILES
    about = struct.pack("=Qi", access, descriptor)
    _check(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, about, 0))
    os.close(descriptor)


def children() -> list[int]:
    """Of this process."""
    me = os.getpid()
    return [pid for pid, (parent, _) in _processes().items() if parent == me]


def descendants() -> dict[int, int]:
    """Children, their children, and so on: how many threads each has."""
    processes, found, new = _processes(), dict[int, int](), {os.getpid()}
    while new:
        new = {pid for pid, (parent, _) in processes.items() if parent in new}
        found |= {pid: processes[pid][1] for pid in new}
    return found


def _processes() -> dict[int, tuple[int, int]]:
    """Parent and number of threads of each."""
    found = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                text = file.read()
        except OSError:
            continue
        # The name before the last bracket may itself hold brackets and spaces.
        fields = text[text.rindex(b")") + 2 :].split()
        found[int(name)] = int(fields[1]), int(fields[17])
    return found


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
