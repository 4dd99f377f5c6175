"""Who is meant: organizations, people and their roles."""

from enum import StrEnum

from pydantic import BaseModel

from contracts.text import Line

DEFAULT_ORGANIZATION = "default"


class Role(StrEnum):
    ADMIN = "ADMIN"
    MANAGER = "MANAGER"
    DEVELOPER = "DEVELOPER"
    VIEWER = "VIEWER"


# Everybody who works on code: they may answer an agent's question.
ANSWERERS = (Role.ADMIN, Role.MANAGER, Role.DEVELOPER)
WHO_ANSWERS = "any developer, manager or admin"


class ActorType(StrEnum):
    PERSON = "person"
    AGENT = "agent"
    SYSTEM = "system"


class Actor(BaseModel, frozen=True):
    """Who did it. `id` is an e-mail address for people, a name for agents."""

    type: ActorType
    id: Line
    email: Line | None = None


SYSTEM = Actor(type=ActorType.SYSTEM, id="slipway")


def person(email: str) -> Actor:
    return Actor(type=ActorType.PERSON, id=email, email=email)
