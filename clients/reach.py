"""Programs and files that agents are given by name and cannot reach: they run as another user."""

import os
import shutil
import stat
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from clients.agent_identity import AgentIdentity
from clients.confinement import first_closed

# As much of a script's first line as Linux reads, see execve(2).
FIRST_LINE = 256
READABLE, EXECUTABLE = stat.S_IROTH, stat.S_IXOTH


def unread(identity: AgentIdentity, uid: int | None, arguments: Iterable[str]) -> str | None:
    """Says of the first argument that names a file out of reach who cannot read it, why, and what
    to do about it. Without a `uid` no run is meant, but all there will be."""
    for path in (Path(argument) for argument in arguments if argument.startswith("/")):
        why = _barrier_of_file(identity, path, READABLE)
        if why is not None:
            return (
                f"Agents {_kept_apart(identity, uid)} and cannot read {path}: {why}. Put it where "
                f"everybody may read it (such as /usr/local/lib), or trust your agents: "
                f"SLIPWAY_AGENT_ISOLATION=none"
            )
    return None


def unreached(identity: AgentIdentity, uid: int | None, program: Path) -> str | None:
    """The same of a program, which is there, and of the one that its first line names."""
    interpreter = _interpreter(program)
    needed = EXECUTABLE | READABLE if interpreter else EXECUTABLE
    for path, bits in ((program, needed), (interpreter, EXECUTABLE)):
        why = _barrier_of_file(identity, path, bits) if path is not None else None
        if why is not None:
            return (
                f"Agents {_kept_apart(identity, uid)} and cannot reach {path}: {why}. Install it "
                f"where everybody may read and execute it, or trust your agents: "
                f"SLIPWAY_AGENT_ISOLATION=none"
            )
    return None


def hindrance(identity: AgentIdentity, command: Sequence[str], path: str | None) -> str | None:
    """The same of a command that agents will run, before they do. `path` is the PATH; of what is
    not there nothing is said."""
    words = [word.replace("{python}", sys.executable) for word in command]
    program = shutil.which(words[0], path=path)
    if program is None:
        return None
    return unreached(identity, None, Path(program)) or unread(identity, None, words[1:])


def _kept_apart(identity: AgentIdentity, uid: int | None) -> str:
    if uid is not None:
        return f"run as another user ({uid})"
    return "run as another user" if identity.uids else "are kept from the worker's files"


def _barrier(identity: AgentIdentity, path: Path, needed: int) -> str | None:
    """What is between agents and this file, in words, which exists and is not theirs; None where
    nothing is. `needed` are bits of its mode."""
    real = path.resolve()
    if any(real.is_relative_to(hidden) for hidden in identity.hidden):
        return "it is hidden from agents"
    if not identity.uids or any(real.is_relative_to(shown) for shown in identity.shown):
        return None
    for way in (path.absolute(), real):
        if (gate := first_closed(str(way), identity.uids[0])) is not None:
            return f"{gate} lets no other user through"
    return None if real.stat().st_mode & needed == needed else "its mode keeps other users out"


def _barrier_of_file(identity: AgentIdentity, path: Path, needed: int) -> str | None:
    try:
        return _barrier(identity, path, needed) if path.is_file() else None
    except (OSError, ValueError):  # Not even we can look, or it is no path at all.
        return None


def _interpreter(program: Path) -> Path | None:
    """Of a script. What `env` would find is not looked for."""
    try:
        with program.open("rb") as file:
            first = file.read(FIRST_LINE).split(b"\n", 1)[0]
    except OSError:
        return None
    words = first.removeprefix(b"#!").split()
    return Path(os.fsdecode(words[0])) if first.startswith(b"#!") and words else None
