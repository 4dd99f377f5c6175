"""What the log says of deliveries that were not let in: which endpoint, when, and why."""

import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from policy.refused_signatures import SignatureRefusal, meaning_of, refused_for
from policy.signatures import SignedRequest
from web.entrances import Door

log = logging.getLogger(__name__)
AGAIN = timedelta(minutes=1)


class RefusedDeliveries:
    """Of each endpoint, and for each reason, one line a minute, whoever knocks how often. Nothing
    of what strangers send is in it, and nothing of it is kept."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._said: dict[tuple[str, SignatureRefusal], float] = {}
        self._more: dict[tuple[str, SignatureRefusal], int] = {}

    def unsigned(self, door: Door, signed: SignedRequest, *, authentic: bool) -> None:
        """`authentic`: it is signed, and comes at the wrong time."""
        if door.entrance.secrets and not door.secrets:
            return  # They can't be read, which is said already.
        source = door.entrance.source
        self.note(door, refused_for(source, signed, door.secrets, authentic=authentic))

    def note(self, door: Door, refusal: SignatureRefusal) -> None:
        path = door.entrance.path
        now, what = self._clock(), (path, refusal)
        if now - self._said.get(what, float("-inf")) < AGAIN.total_seconds():
            self._more[what] = self._more.get(what, 0) + 1
            return
        self._said[what] = now
        log.warning(
            "webhooks: a delivery to the endpoint %s is answered 401: %s%s",
            path,
            meaning_of(refusal, door.entrance.source),
            self._since(what),
        )

    def _since(self, what: tuple[str, SignatureRefusal]) -> str:
        more = self._more.pop(what, 0)
        return f" ({more} more since this was said last)" if more else ""
