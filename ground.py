"""What everything that a worker does stands on: stores, repositories, and what guards them."""

from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from activities.approvals import NO_SEALS, Seals
from activities.language_models import LanguageModels
from activities.shared import SharedByAll
from clients.agent_identity import AgentIdentity
from clients.git.repositories import Repositories
from db.engine import Sessions
from policy.redaction import Redaction


@dataclass(frozen=True)
class Stores:
    sessions: Sessions
    redis: Redis


@dataclass(frozen=True)
class Ground:
    """What the workshop, the opening and the messages stand on."""

    stores: Stores
    repositories: Repositories
    redaction: Redaction
    identity: AgentIdentity
    shared: SharedByAll
    scratch: Path
    models: LanguageModels
    seals: Seals = NO_SEALS
