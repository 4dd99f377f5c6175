"""What the demo needs around its ticket: made-up people, a service level, a door for webhooks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

from cryptography.fernet import Fernet
from pydantic import SecretStr

from cli.connected import ConnectedDesk
from cli.context import Desk
from cli.exits import WrongUseError
from cli.stand_in import make_demo_approver
from contracts.commands import Account, IdentityProvider
from contracts.identity import Role
from contracts.phases import Phase
from contracts.sla import SlaKind, SlaTerms
from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.identity import Organizations, People
from db.projects import Projects
from db.seeds import seed
from db.sla import ServiceLevels
from db.webhook_endpoints import WebhookEndpoints
from settings import Settings

REVIEWER = "demo-reviewer@slipway.invalid"
REVIEWER_ID = "424242"
LONGEST = 58  # Of the name that ours is made of.
# No plan that a person approves is ready by then: so this one is broken, and truly.
HASTY = SlaTerms(
    name="demo: a plan at once",
    description="Only while the demo runs: a service level that is always broken.",
    clock=SlaKind.PHASE,
    target=timedelta(milliseconds=500),
    warning=timedelta(milliseconds=300),
    critical=timedelta(milliseconds=400),
    phases=(Phase.PLAN,),
)


def keys_of(folder: Path, given: SecretStr | None) -> SecretStr:
    """What webhook secrets are encrypted with: the keys of this installation, else one of the
    demo's own, which stays with its data."""
    if given is not None:
        return given
    file = folder / "encryption.key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_bytes(Fernet.generate_key())
        new.replace(file)  # Whole or not at all.
    return SecretStr(file.read_text().strip())


def refuse_in_production(settings: Settings) -> None:
    if settings.production:
        raise WrongUseError(
            "The demo is refused in production: it makes people up, and answers for them. Run it "
            "where no production address is set."
        )


async def on_stage(desk: ConnectedDesk) -> ConnectedDesk:
    """In an organization of its own, so that its people decide on nobody else's work, and nobody
    learns from it. With a key to sign decisions with, for us, our worker and our gateway, where
    there is none: then each decision also says whether its channel knew the person."""
    slug = f"{desk.organization[:LONGEST]}-demo"
    await seed(desk.sessions, slug)
    given = desk.settings.slipway_decision_key
    key = given.get_secret_value() if given is not None else token_hex(32)
    changed = {"slipway_organization": slug, "slipway_decision_key": SecretStr(key)}
    settings = desk.settings.model_copy(update=changed)
    names = {"SLIPWAY_ORGANIZATION": slug, "SLIPWAY_DECISION_KEY": key}
    return replace(desk, settings=settings, environment={**desk.environment, **names})


async def make_people(desk: Desk) -> None:
    """Two managers who are nobody; one of them has an account at GitHub."""
    await make_demo_approver(desk)
    account = Account(provider=IdentityProvider.GITHUB, external_id=REVIEWER_ID)
    async with desk.sessions.begin() as session:
        organization = await Organizations(session).ensure(desk.organization, desk.organization)
        people = People(session, organization)
        await people.ensure(REVIEWER, "Demo reviewer", Role.MANAGER)
        await people.link(REVIEWER, account)


@asynccontextmanager
async def service_level(desk: Desk) -> AsyncIterator[None]:
    """In force while inside, for work that is opened then."""
    await _enable(desk, enabled=True)
    try:
        yield
    finally:
        await _enable(desk, enabled=False)


async def _enable(desk: Desk, *, enabled: bool) -> None:
    async with desk.sessions.begin() as session:
        organization = await Organizations(session).ensure(desk.organization, desk.organization)
        levels = ServiceLevels(session, organization)
        await levels.ensure(HASTY)
        await levels.enable(HASTY.name, enabled=enabled)


@asynccontextmanager
async def door(desk: Desk, project_key: str, keys: SecretStr) -> AsyncIterator[tuple[str, str]]:
    """The path by which GitHub's webhooks for the project come in, and a secret for them, while
    inside."""
    secret = token_hex(32)
    async with desk.sessions.begin() as session:
        organization = await Organizations(session).ensure(desk.organization, desk.organization)
        project = await Projects(session, organization).find(project_key)
        endpoints = WebhookEndpoints(session, organization)
        path = await endpoints.put(WebhookSource.GITHUB, project, unsigned=False)
        await endpoints.add_secret(path, secret, Keyring.parsed(keys))
    try:
        yield path, secret
    finally:
        async with desk.sessions.begin() as session:
            await WebhookEndpoints(session, organization).close(path)
