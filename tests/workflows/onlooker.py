"""Somebody who looks at an office's ticket, as `why` and `status` do."""

from cli.awaiting import looked_up
from cli.context import Desk
from cli.reader import Reader
from cli.story import Story
from settings import Settings
from stack.addresses import Addresses
from tests.workflows.office import KEY, Office


def desk_of(office: Office) -> Desk:
    url = office.client.service_client.config.target_host
    settings = Settings(
        _env_file=None,
        slipway_organization=office.slug,
        slipway_task_queue=office.task_queue,
        temporal_address=url,
    )
    addresses = Addresses(temporal=url, database_url="", redis_url="", ui=None)
    return Desk(settings, {}, addresses, office.stores.sessions)


async def story(office: Office) -> Story:
    desk = desk_of(office)
    return await looked_up(desk, await Reader(desk).demand(KEY))
