"""How git gets a secret: it asks a script of ours, which reads it from an inherited pipe.

So it is in no argument, variable, file or address that anybody could list, and gone once read.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.credentials import GitCredential

# The questions are git's own (credential_ask_one in its credential.c). A proxy's question, or one
# of a host that somebody led git to, names another host and gets no answer.
SCRIPT = """\
#!/bin/sh
case "$1" in
"Username for 'https://$SLIPWAY_GIT_HOST': ") printf '%s\\n' "$SLIPWAY_GIT_USER" ;;
"Password for 'https://"*"@$SLIPWAY_GIT_HOST': ") exec cat "/dev/fd/$SLIPWAY_GIT_PIPE" ;;
*) exit 1 ;;
esac
"""


@dataclass(frozen=True)
class AskpassAnswer:
    """`host` is the address's own, with its port as written there."""

    script: Path
    host: str
    credential: GitCredential


@contextmanager
def handed_over(answer: AskpassAnswer | None) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """The variables and the descriptors that one git process needs to give this answer once; its
    parent's ends are closed afterwards."""
    if answer is None:
        yield {}, ()
        return
    reader, writer = os.pipe()
    try:
        # A pipe takes at least 4,096 bytes at once, and a secret is shorter.
        os.write(writer, answer.credential.secret.get_secret_value().encode() + b"\n")
        os.close(writer)
        yield _variables(answer, reader), (reader,)
    finally:
        os.close(reader)


def _variables(answer: AskpassAnswer, pipe: int) -> dict[str, str]:
    return {
        "GIT_ASKPASS": str(answer.script),
        "SLIPWAY_GIT_HOST": answer.host,
        "SLIPWAY_GIT_USER": answer.credential.username,
        "SLIPWAY_GIT_PIPE": str(pipe),
    }
