"""Files that agents are given by name and cannot read, because they run as another user."""

import stat
from collections.abc import Iterable
from pathlib import Path

from clients.agent_identity import AgentIdentity
from clients.confinement import first_closed


def barrier(identity: AgentIdentity, path: Path, needed: int = stat.S_IROTH) -> str | None:
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


def unread(identity: AgentIdentity, uid: int | None, arguments: Iterable[str]) -> str | None:
    """Says of the first argument that names a file out of reach who cannot read it, why, and what
    to do about it."""
    for path in (Path(argument) for argument in arguments if argument.startswith("/")):
        why = _barrier_of_file(identity, path)
        if why is not None:
            who = (
                f"run as another user ({uid})"
                if uid is not None
                else "are kept from the worker's files"
            )
            return (
                f"Agents {who} and cannot read {path}: {why}. Put it where everybody may read it "
                f"(such as /usr/local/lib), or trust your agents: SLIPWAY_AGENT_ISOLATION=none"
            )
    return None


def _barrier_of_file(identity: AgentIdentity, path: Path) -> str | None:
    try:
        return barrier(identity, path) if path.is_file() else None
    except (OSError, ValueError):  # Not even we can look, or it is no path at all.
        return None
