"""`agent forget`: what a cacheable agent answered is not given again."""

from datetime import timedelta
from typing import Annotated

import typer

from activities.shared import ANSWERS
from cache.asking import RedisAwayError
from cache.cache import Cache
from cache.connection import open_redis
from cache.keys import Keys
from cli.context import Desk, Needs, at_desk
from cli.exits import DONE, NotFoundError, ServerAwayError
from cli.terminal import output, plain
from db.identity import Organizations

# Somebody waits for it, and nothing stands in for the answer.
PATIENCE = timedelta(seconds=5)
Name = Annotated[str, typer.Argument(metavar="NAME", help="As playbooks name it.")]


def forget(context: typer.Context, name: Name) -> None:
    """Forget what a cacheable agent answered, so that it works the next time."""

    async def job(desk: Desk) -> int:
        if not (gone := await _forgotten(desk, name)):
            raise NotFoundError(
                f"Nothing is remembered of {plain(name, 80)}: it works the next time in any case. "
                "Only the answers of agents that say `cacheable: true` are, for a day."
            )
        output().print(f"{gone} answers of {plain(name, 80)} are forgotten: it works the next time")
        return DONE

    at_desk(context, job, Needs.STORES)


async def _forgotten(desk: Desk, name: str) -> int:
    """How many answers. Raises ServerAwayError."""
    async with desk.sessions() as session:
        organization_id = await Organizations(session).find(desk.organization)
    if organization_id is None:
        return 0
    keys = Keys(organization_id)
    async with open_redis(desk.addresses.redis_url, PATIENCE) as redis:
        try:
            return await Cache(redis, keys, ANSWERS).delete_matching(keys.agent_answers(name))
        except RedisAwayError as error:
            raise ServerAwayError(
                "Redis does not answer, so some answers may still be remembered. Is it running, "
                "and is REDIS_URL right? Then say it again"
            ) from error
