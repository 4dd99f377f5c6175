"""`triage health`: whether tickets could be triaged now, in two seconds at most."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import typer
from sqlalchemy import text
from temporalio.service import RPCError

from cli.context import surroundings
from cli.exits import DONE, FAILED
from cli.options import AsJson
from cli.terminal import output, plain
from clients.temporal.connection import UnknownNamespaceError, connect, demand_namespace
from clients.temporal.settings import TemporalSettingsError
from db.engine import open_sessions
from db.pool import Pool
from settings import Settings
from stack.control import Condition, statuses
from variables import temporal_variables

# The interpreter's start takes a second of the two.
PATIENCE = timedelta(milliseconds=700)
Ask = Callable[[str], Awaitable[None]]


def health(context: typer.Context, as_json: AsJson = False) -> None:
    """OK or DEGRADED, exit code 0 or 1. Starts nothing, and waits for nobody."""
    found = asyncio.run(probe(surroundings(context).settings()))
    verdict = "DEGRADED" if any(found.values()) else "OK"
    if as_json:
        print(json.dumps({"status": verdict, **{name: not said for name, said in found.items()}}))
    else:
        output().print(verdict)
        for name, said in found.items():
            output().print(f"  {name:<9} {plain(said, 200) or 'answers'}")
    raise typer.Exit(FAILED if verdict == "DEGRADED" else DONE)


async def probe(settings: Settings) -> dict[str, str]:
    """By server, what is wrong with it; empty for nothing."""
    given = {"postgres": settings.database_url, "temporal": settings.temporal_address}
    running = {} if all(given.values()) or settings.production else _embedded(settings)
    addresses = {name: address or running.get(name) for name, address in given.items()}
    asked = {"postgres": _postgres, "temporal": _temporal}
    said = await asyncio.gather(*(_said(ask, addresses[name]) for name, ask in asked.items()))
    return dict(zip(asked, said, strict=True))


def _embedded(settings: Settings) -> dict[str, str]:
    """Our own servers, as far as they run."""
    found = statuses(settings.state_dir, hide_passwords=False)
    ready = (one for one in found if one.condition is Condition.RUNNING)
    return {one.name: one.address for one in ready if one.address is not None}


async def _said(ask: Ask, address: str | None) -> str:
    """Whatever goes wrong, that is the answer; never with an address in it."""
    if address is None:
        return "does not run"
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await ask(address)
    except TimeoutError:
        return "does not answer in time"
    except (RPCError, RuntimeError):
        return "does not answer"
    except UnknownNamespaceError:
        return "has no such namespace: is TEMPORAL_NAMESPACE right?"
    except TemporalSettingsError as error:
        return f"can't be asked: {error}"
    except Exception as error:
        return f"does not answer ({type(error).__name__})"
    return ""


async def _postgres(address: str) -> None:
    """The table too: without it no ticket can be claimed."""
    async with (
        open_sessions(address, Pool("slipway-health", 1, 1)) as opened,
        opened() as session,
    ):
        await session.execute(text("SELECT 1 FROM processed_tickets LIMIT 1"))


async def _temporal(address: str) -> None:
    client = await connect(address, temporal_variables())
    if not await client.service_client.check_health(timeout=PATIENCE):
        raise ConnectionError("Temporal says that it does not serve")
    await demand_namespace(client)
