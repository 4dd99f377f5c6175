"""What the log says of stored secrets that this process has no key for."""

import logging
from datetime import timedelta
from time import monotonic

from db.encryption import VARIABLE

log = logging.getLogger(__name__)
AGAIN = timedelta(minutes=10)


class UnreadSecrets:
    """One line for each, and again after a while: they are looked at every few seconds."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def note(self, what: str, meaning: str) -> None:
        """`what` names it, and what stays undone follows; never the secret itself."""
        now = monotonic()
        if now - self._said.get(what, float("-inf")) < AGAIN.total_seconds():
            return
        self._said[what] = now
        log.error(
            "%s can't be read, so %s: %s of this process lacks the key that encrypted it. Restart "
            "it with the keys that the others have; where the key is lost, store the secret anew",
            what,
            meaning,
            VARIABLE,
        )

    def forget(self, what: str) -> None:
        """It can be read by now: should that end, it is said at once."""
        self._said.pop(what, None)
