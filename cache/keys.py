"""Every key and channel in Redis, built in one place (docs/redis.md lists them)."""

from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote, unquote
from uuid import UUID

LONGEST = 200
# For what is of no organization: upkeep, and callers before it is known whose they are.
NOBODY = UUID(int=0)


def part(text: str) -> str:
    """Text from outside as one part of a key: without colons, stars and line ends. What is too
    long becomes its hash."""
    quoted = quote(text, safe="", errors="replace")
    # The sign in front is never the result of quoting, so no other text can have the same part.
    return quoted if len(quoted) <= LONGEST else f"#{sha256(quoted.encode()).hexdigest()}"


@dataclass(frozen=True)
class Keys:
    """The keys of one organization."""

    organization_id: UUID

    def session(self, orchestration_id: UUID) -> str:
        return self._key("session", str(orchestration_id))

    def execution_status(self, orchestration_id: UUID) -> str:
        return self._key("execution", "status", str(orchestration_id))

    def cached(self, kind: str, key: str) -> str:
        return self._key("cache", kind, key)

    def agent_answer(self, agent: str, version: str, brief: str) -> str:
        """Of an agent that says its answers may be kept; `brief` is the whole text it is given."""
        digest = sha256(f"{len(version)}:{version}{brief}".encode("utf-8", "replace")).hexdigest()
        return self._key("agent", "cache", agent, digest)

    def agent_answers(self, agent: str) -> str:
        """A pattern that matches every kept answer of this agent, and those on their way."""
        return f"{self._key('agent', 'cache', agent)}:*"

    def rate_limit(self, scope: str, *of: str) -> str:
        return self._key("rate_limit", scope, *of)

    def lock(self, what: str, of: str) -> str:
        return self._key("lock", what, of)

    def metrics(self, name: str) -> str:
        return self._key("metrics", name)

    def breaker(self, provider: str) -> str:
        return self._key("breaker", provider)

    def provider(self, breaker: str) -> str | None:
        """Whose breaker has this key. None for one whose name was too long to be kept."""
        name = breaker.removeprefix(self._key("breaker", ""))
        return None if name.startswith("#") else unquote(name)

    def everything(self) -> str:
        """A pattern for SCAN."""
        return f"slipway:{self.organization_id}:*"

    def orchestration_channel(self, orchestration_id: UUID) -> str:
        return self._key("channel", "orchestration", str(orchestration_id))

    def project_channel(self, project_id: UUID) -> str:
        return self._key("channel", "project", str(project_id))

    def _key(self, *parts: str) -> str:
        return ":".join(("slipway", str(self.organization_id), *map(part, parts)))


def flight(cached: str) -> str:
    """Beside a cached key for as long as somebody loads its value."""
    return f"{cached}:flight"
