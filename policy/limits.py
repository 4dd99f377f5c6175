"""The default limits, how an operator changes them, and the arithmetic of a bucket."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from contracts.limits import Limit, Outage
from errors import PermanentError

UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
WRITTEN = re.compile(r"([1-9]\d{0,11})/([1-9]\d{0,5})?([smh])(?::(open|per-process|closed))?")


def _limit(scope: str, tokens: int, per: timedelta, outage: Outage = Outage.PER_PROCESS) -> Limit:
    return Limit(scope=scope, tokens=tokens, per=per, outage=outage)


MINUTE = timedelta(minutes=1)
DEFAULTS: Mapping[str, Limit] = MappingProxyType(
    {
        limit.scope: limit
        for limit in (
            _limit("api", 100, MINUTE),
            _limit("agent_starts", 50, MINUTE),
            _limit("notifications", 10, MINUTE),
            # Per client and tool.
            _limit("mcp", 60, MINUTE),
            # Jira answers 429 by itself when these are too generous (rate limits of Cloud REST v3).
            _limit("jira_tenant", 100, timedelta(seconds=1)),
            _limit("jira_issue_burst", 20, timedelta(seconds=2)),
            _limit("jira_issue", 100, timedelta(seconds=30)),
            # Per client address, before the signature is looked at.
            _limit("webhooks", 600, MINUTE),
            # What is sent by one link to decide by: decisions, refused ones too, and comments.
            _limit("approval_link", 30, timedelta(minutes=15)),
            # Guessing passwords must not become easier by an outage.
            _limit("login", 5, timedelta(minutes=15), Outage.CLOSED),
            # By weight: what calls of a model are expected to use. It protects money.
            _limit("llm_tokens", 1_000_000, MINUTE, Outage.CLOSED),
        )
    }
)


def limits_with(changes: Mapping[str, str]) -> Mapping[str, Limit]:
    """The defaults with an operator's changes, such as {"api": "200/1m", "login":
    "5/15m:closed"}. Raises PermanentError for an unknown name or an unreadable limit."""
    changed = {scope: _read(scope, text) for scope, text in changes.items()}
    return MappingProxyType({**DEFAULTS, **changed})


def _read(scope: str, text: str) -> Limit:
    if scope not in DEFAULTS:
        raise PermanentError(f"no limit is called {scope!r}; there are {', '.join(DEFAULTS)}")
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        raise PermanentError(f"{scope}={text[:100]!r} is no limit; write it like 100/1m or 5/15m")
    per = int(found[2] or 1) * UNITS[found[3]]
    outage = Outage(found[4]) if found[4] else DEFAULTS[scope].outage
    return _limit(scope, int(found[1]), per, outage)


@dataclass(frozen=True)
class Bucket:
    """`full` is the moment at which it will be full again, in seconds of whatever clock."""

    full: float = float("-inf")

    def draw(self, limit: Limit, weight: int, now: float) -> "Draw":
        span = limit.per.total_seconds()
        refill = span / limit.tokens
        owed = max(self.full - now, 0.0)
        wait = max(owed + weight * refill - span, 0.0)
        after = owed if wait else owed + weight * refill
        return Draw(wait, Bucket(now + after), max(int((span - after) / refill + 1e-6), 0))

    def closed(self, limit: Limit, until: float) -> "Bucket":
        """Empty until then, when it holds one token: those who waited do not come all at once."""
        span = limit.per.total_seconds()
        return Bucket(max(self.full, until + span - span / limit.tokens))


@dataclass(frozen=True)
class Draw:
    """`wait` in seconds; nothing was taken unless it is zero."""

    wait: float
    bucket: Bucket
    remaining: int
