"""Whom a dry run is about: members and service levels of a real database, where one is given."""

from uuid import UUID, uuid5

from cli.context import Desk
from cli.simulation.cast import SPACE, Cast, invented, named
from cli.simulation.plan import Audience
from cli.terminal import say
from cli.verdicts import is_away
from contracts.playbooks import Playbook
from contracts.sla import SlaDefinition
from db.approvals import Approvers
from db.engine import Sessions, open_sessions
from db.identity import Organizations
from db.pool import Pool
from db.sla import ServiceLevels
from policy.sla_seeds import seeded
from settings import Settings


async def audience(settings: Settings, playbook: Playbook) -> Audience:
    """Those of a fresh installation where no database is given, or none answers."""
    if settings.database_url is not None:
        try:
            found = await _members(settings, settings.database_url, playbook)
        except Exception as error:
            if not is_away(error):
                raise
            say("Postgres does not answer: roles stand for the people who have them.")
            found = None
        if found is not None:
            return found
    return invented(playbook), _as_seeded()


async def audience_at(desk: Desk, playbook: Playbook) -> Audience:
    found = await _found(desk.sessions, desk.organization, playbook)
    return found or (invented(playbook), _as_seeded())


async def _members(settings: Settings, url: str, playbook: Playbook) -> Audience | None:
    async with open_sessions(url, Pool("slipway-cli", 1, 1)) as sessions:
        return await _found(sessions, settings.slipway_organization, playbook)


async def _found(sessions: Sessions, slug: str, playbook: Playbook) -> Audience | None:
    """None where there is no such organization yet."""
    async with sessions() as session:
        id: UUID | None = await Organizations(session).find(slug)
        if id is None:
            return None
        members = await Approvers(session, slug).among(list(dict.fromkeys(named(playbook))))
        levels = await ServiceLevels(session, id).definitions()
    return Cast(tuple(members), real=True), tuple(levels)


def _as_seeded() -> tuple[SlaDefinition, ...]:
    return tuple(
        SlaDefinition.model_validate({**dict(terms), "id": uuid5(SPACE, terms.name)})
        for terms in seeded()
    )
