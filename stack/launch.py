"""What the supervisor must know to run a server."""

import signal
from dataclasses import dataclass

from stack.children import Command
from stack.place import Record


@dataclass(frozen=True)
class Launch:
    """One way to run a server: the command, and where it will listen.

    `ready` is what the server itself writes to its log once it serves. (A connection would prove
    nothing: another stack's server may have been quicker to take the port.)
    """

    command: Command
    record: Record
    ready: str
    stop: signal.Signals = signal.SIGTERM
