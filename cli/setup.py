"""`setup`: what a server and a database need before the first ticket."""

from datetime import timedelta

import typer
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from cli.connected import ConnectedDesk, at_connected_desk
from cli.context import surroundings
from cli.exits import DONE
from cli.schedules import ensure_schedules
from cli.terminal import output, plain, say
from cli.verdicts import is_away
from db.maintenance import pending, upgrade
from db.seeds import seed
from errors import PermanentError
from variables import unheeded_variables

KINDS = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}
PATIENCE = timedelta(seconds=20)


class SearchAttributesError(PermanentError):
    """The server does not have the search attributes, and does not let us add them."""


def setup(context: typer.Context) -> None:
    """Migrate and seed the database, register search attributes and schedules. Repeatable."""
    wanted = dict(surroundings(context).search_attributes)

    async def job(desk: ConnectedDesk) -> int:
        for line in unheeded_variables():
            say(f"warning: {line}")
        waiting = await pending(desk.addresses.database_url)
        await upgrade(desk.addresses.database_url)
        await seed(desk.sessions, desk.organization)
        output().print(f"database: {len(waiting)} migrations run, {desk.organization} is there")
        added = await register(desk.client, wanted)
        said = f"added {', '.join(added)}" if added else "all were there"
        output().print(f"search attributes: {said}")
        made = await ensure_schedules(desk.client, desk.settings.slipway_task_queue)
        output().print(f"schedules: {f'made {len(made)}' if made else 'all were there'}")
        return DONE

    at_connected_desk(context, job)


async def register(client: Client, wanted: dict[str, str]) -> list[str]:
    """The names that were added. Repeatable. Raises SearchAttributesError, with the commands for
    whoever may do what we may not."""
    try:
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace), timeout=PATIENCE
        )
        there = dict(known.custom_attributes)
        wrong = [
            name for name, kind in wanted.items() if there.get(name, KINDS[kind]) != KINDS[kind]
        ]
        if wrong:
            raise SearchAttributesError(
                f"{', '.join(wrong)} exist with another type in namespace {client.namespace}. "
                "Use another namespace, or remove them there."
            )
        missing = {name: KINDS[kind] for name, kind in wanted.items() if name not in there}
        if missing:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(search_attributes=missing, namespace=client.namespace),
                timeout=PATIENCE,
            )
        return sorted(missing)
    except RPCError as error:
        if is_away(error):
            raise
        raise SearchAttributesError(_by_hand(client.namespace, wanted, error)) from error


def _by_hand(namespace: str, wanted: dict[str, str], error: RPCError) -> str:
    commands = "\n".join(
        f"  temporal operator search-attribute create --namespace {namespace} "
        f"--name {name} --type {kind}"
        for name, kind in wanted.items()
    )
    return (
        f"This Temporal server does not let us add search attributes: {plain(error.message, 200)} "
        f"({error.status.name}). Whoever runs it can do so, in its UI or by\n{commands}"
    )
