"""Exit codes, and the failures of our own that end with them. docs/cli.md tells people."""

from errors import AbsentError, DownError, MisuseError, PermanentError

DONE, FAILED, WRONG_USE, NOT_FOUND, AWAY = 0, 1, 2, 3, 4


class WrongUseError(MisuseError):
    """The command was called in a way that can't mean anything."""


class NotFoundError(AbsentError):
    """What the command was asked for is not there."""


class ForbiddenByStateError(PermanentError):
    """The use was right; what it was asked of is in a state that does not allow it."""


class ServerAwayError(Exception):
    """A server, or every worker, is not there; the message says which and what to do."""


def code_of(error: PermanentError) -> int:
    """Wrong use is what would be wrong whatever the servers hold. What only the state of things,
    or somebody's right, stands against has failed."""
    match error:
        case MisuseError():
            return WRONG_USE
        case AbsentError():
            return NOT_FOUND
        case DownError():
            return AWAY
        case _:
            return FAILED
