"""`endpoint`: where messages go."""

import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk, at_desk
from cli.exits import DONE, WrongUseError
from cli.options import AsJson, one_of
from cli.terminal import output, plain, say
from contracts.notifications import Channel, Endpoint, QuietHours
from db.encryption import Keyring
from db.identity import Organizations
from db.notification_endpoints import Endpoints
from db.notification_routes import RoutingTable
from policy.addresses import OutgoingRules
from policy.notifications import quiet_until

URLS = (Channel.DISCORD, Channel.TEAMS, Channel.WEBHOOK)


@dataclass(frozen=True)
class Form:
    """Of an address that is no URL."""

    shape: re.Pattern[str]
    words: str


FORMS = {
    Channel.EMAIL: Form(re.compile(r"[^\s@]+@[^\s@]+"), "That is no mail address."),
    Channel.SLACK: Form(
        re.compile(r"[A-Z0-9]+:xox[a-z]-\S+"),
        "Slack is told at an incoming webhook's URL, or as CHANNEL:TOKEN (C0123:xoxb-…).",
    ),
    # https://developer.pagerduty.com/docs/send-alert-event: the `routing_key`.
    Channel.PAGERDUTY: Form(
        re.compile(r"[A-Za-z0-9]{32}"),
        "PagerDuty is told by the integration key of a service: 32 letters and digits.",
    ),
}
Name = Annotated[str, typer.Argument(metavar="NAME")]
ChannelName = Annotated[
    Channel, typer.Argument(metavar="CHANNEL", parser=one_of(Channel, "a channel"))
]
Fallback = Annotated[
    str | None, typer.Option(metavar="NAME", help="The endpoint that is told when this one fails.")
]
Quiet = Annotated[
    str | None,
    typer.Option(metavar="FROM-TO@ZONE", help="Only urgent messages: 22:00-07:00@Europe/Berlin."),
]


def add(
    context: typer.Context,
    name: Name,
    channel: ChannelName,
    fallback: Fallback = None,
    quiet: Quiet = None,
) -> None:
    """Make or change an endpoint. Standard input: its address, then secrets, one a line."""
    hours = _quiet(quiet)
    address, *secrets = _told()
    is_url = channel in URLS or (channel is Channel.SLACK and "://" in address)
    if not is_url and (form := FORMS.get(channel)) and not form.shape.fullmatch(address):
        raise WrongUseError(f"{form.words} Say that on standard input.")
    endpoint = Endpoint(
        name=name,
        channel=channel,
        address=address,
        secrets=tuple(secrets),
        quiet=hours,
        fallback=fallback,
    )

    async def job(desk: Desk) -> int:
        if is_url:
            _rules(desk).place_of(address)
        keyring = Keyring.parsed(desk.settings.slipway_encryption_keys)
        async with desk.sessions.begin() as session:
            await (await _endpoints(session, desk)).put(endpoint, keyring)
            led_to = await _led_to(session, desk, endpoint)
        output().print(f"{plain(name, 80)} is told by {channel.lower()}")
        if not led_to:
            say(
                "No route leads there, so it hears only what it stands in for. Say what it is "
                f"told: starter.py notifications route EVENT {channel.lower()}"
            )
        if channel is Channel.WEBHOOK and not secrets:
            say("Nothing goes there yet: it has no secret to sign with. Say one in a second line.")
        return DONE

    at_desk(context, job)


def remove(context: typer.Context, name: Name) -> None:
    """Tell this endpoint nothing more. What it was told stays on record."""

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            await (await _endpoints(session, desk)).retire(name)
        output().print(f"{plain(name, 80)} is told nothing more")
        return DONE

    at_desk(context, job)


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """The endpoints that are told."""

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            names = await (await _endpoints(session, desk)).names()
        if as_json:
            print(json.dumps([{"name": name, "channel": channel} for name, channel in names]))
        elif not names:
            output().print("No endpoint is told yet: starter.py endpoint add NAME CHANNEL")
        for name, channel in () if as_json else names:
            output().print(f"{plain(name, 80)}  {channel.lower()}")
        return DONE

    at_desk(context, job)


def _told() -> list[str]:
    """Never from the command line, which other programs see."""
    lines = [line.strip() for line in sys.stdin.read(20_000).splitlines()]
    found = [line for line in lines if line]
    if not found:
        raise WrongUseError("Say the address on standard input: a URL, a mail address, a key.")
    return found


def _quiet(text: str | None) -> QuietHours | None:
    if text is None:
        return None
    hours, _, zone = text.partition("@")
    start, _, end = hours.partition("-")
    try:
        quiet = QuietHours.model_validate({"time_zone": zone, "start": start, "end": end})
    except ValidationError as error:
        raise WrongUseError(
            f"{plain(text, 60)!r} are no quiet hours: say --quiet 22:00-07:00@Europe/Berlin"
        ) from error
    quiet_until(quiet, datetime.now(UTC))  # Says now that nobody knows the zone.
    return quiet


async def _led_to(session: AsyncSession, desk: Desk, endpoint: Endpoint) -> bool:
    """Whether any event is told there."""
    id = await Organizations(session).ensure(desk.organization, desk.organization)
    return any(
        route.channel is endpoint.channel
        and not route.people
        and route.endpoint in (None, endpoint.name)
        for route in await RoutingTable(session, id).all()
    )


async def _endpoints(session: AsyncSession, desk: Desk) -> Endpoints:
    slug = desk.organization
    return Endpoints(session, await Organizations(session).ensure(slug, slug))


def _rules(desk: Desk) -> OutgoingRules:
    settings = desk.settings
    return OutgoingRules(production=settings.production, trusted=settings.trusted_origins)
