"""`notifications routes`, `route`: which event is told where."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.audit import Edit, keep
from cli.context import Desk, at_desk
from cli.exits import DONE, NotFoundError, WrongUseError
from cli.listing import listed
from cli.options import As, AsJson, one_of, who_am_i
from cli.terminal import output, plain
from contracts.notifications import Channel, Route
from db.identity import Organizations
from db.notification_endpoints import Endpoints, Routes
from db.notification_routes import RoutingTable
from policy.notification_texts import TEXTS

Event = Annotated[str, typer.Argument(metavar="EVENT", help="Such as OrchestrationFailed.")]
ChannelName = Annotated[
    Channel,
    typer.Argument(metavar="CHANNEL", parser=one_of(Channel, "a channel"), help="slack, email …"),
]
EndpointName = Annotated[
    str | None,
    typer.Option("--endpoint", metavar="NAME", help="Only this one; else all of the channel."),
]
People = Annotated[bool, typer.Option("--people", help="Those whom the event concerns, by e-mail.")]
Urgent = Annotated[bool, typer.Option("--urgent", help="Passes limits and quiet hours.")]
Batched = Annotated[bool, typer.Option("--batched", help="Told together, each 15 minutes.")]
Remove = Annotated[bool, typer.Option("--remove", help="Take the route out.")]


def routes(context: typer.Context, as_json: AsJson = False) -> None:
    """Which event is told where."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            id = await Organizations(session).find(desk.organization)
            rows = await RoutingTable(session, id).all() if id is not None else []
        nothing = "Nothing is told to anybody. Make a route: starter.py notifications route"
        return listed(rows, lambda row: (_line(row),), nothing, as_json=as_json)

    at_desk(context, job)


def route(
    context: typer.Context,
    event: Event,
    channel: ChannelName,
    endpoint: EndpointName = None,
    people: People = False,
    urgent: Urgent = False,
    batched: Batched = False,
    remove: Remove = False,
    by: As = None,
) -> None:
    """Add a route, change how it tells, or take it out. Counts within seconds."""
    wanted = Route(
        event_type=_known(event),
        channel=channel,
        endpoint=endpoint,
        people=people,
        urgent=urgent,
        batched=batched,
    )
    _demand_sense(wanted)

    async def job(desk: Desk) -> int:
        me = who_am_i(desk.settings, by)
        async with desk.sessions.begin() as session:
            id = await Organizations(session).ensure(desk.organization, desk.organization)
            await _change(session, id, wanted, remove=remove)
            action = "route:remove" if remove else "route:put"
            about = ("notification_route", id)
            await keep(session, desk, Edit(me, action, about, wanted.model_dump(mode="json")))
        output().print(f"{_line(wanted)}{'  removed' if remove else ''}")
        return DONE

    at_desk(context, job)


async def _change(session: AsyncSession, id: UUID, wanted: Route, *, remove: bool) -> None:
    """Raises NotFoundError, UnknownEndpointError, WrongUseError."""
    if not remove:
        await _demand_channel(session, id, wanted)
        await Routes(session, id).put(wanted)
    elif not await RoutingTable(session, id).remove(wanted):
        raise NotFoundError("There is no such route: starter.py notifications routes")


async def _demand_channel(session: AsyncSession, id: UUID, wanted: Route) -> None:
    told = dict(await Endpoints(session, id).names()).get(wanted.endpoint or "")
    if told is not None and told is not wanted.channel:
        raise WrongUseError(
            f"{plain(wanted.endpoint or '', 80)} is told by {told.lower()}, so no message would "
            f"go there by {wanted.channel.lower()}: name an endpoint of that channel."
        )


def _known(event: str) -> str:
    """Raises WrongUseError."""
    named = {name.lower(): name for name in TEXTS}
    if event.lower() not in named:
        raise WrongUseError(
            f"{plain(event, 60)!r} is no event that messages are made of. "
            f"Say one of {', '.join(sorted(TEXTS))}."
        )
    return named[event.lower()]


def _demand_sense(wanted: Route) -> None:
    if wanted.people and (wanted.channel is not Channel.EMAIL or wanted.endpoint is not None):
        raise WrongUseError("People are told by e-mail: say CHANNEL email, and no --endpoint.")
    if wanted.batched and (wanted.urgent or wanted.people):
        raise WrongUseError("What is urgent, or told to people, is not batched: leave one out.")


def _line(row: Route) -> str:
    whom = "all endpoints"
    if row.people:
        whom = "the people whom it concerns"
    elif row.endpoint is not None:
        whom = plain(row.endpoint, 80)
    how = [word for word in ("urgent", "batched") if getattr(row, word)]
    return (
        f"{row.event_type:<24} {row.channel.lower():<9} {whom}{', ' if how else ''}{', '.join(how)}"
    )
