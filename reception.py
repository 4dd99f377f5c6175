"""What the gateway is built of where people come in: approval pages, and buttons in chats."""

from functools import lru_cache

from starlette.routing import BaseRoute
from temporalio.client import Client

from activities.approvals import Seals
from cache.limits import Limits
from clients.git.changes import Changes
from clients.git.repositories import Repositories
from clients.notifiers.outgoing import Outgoing
from clients.slack_desk import SlackTalk
from clients.temporal.orchestrations import OrchestrationWorkflows
from clients.temporal.webhooks import WebhookWorkflows
from db.credentials import StoredCredentials
from db.encryption import Keyring
from db.engine import Sessions
from policy.addresses import OutgoingRules
from policy.limits import limits_with
from policy.redaction import Redaction
from settings import Settings, environment, secrets
from web.approvals import Approvals
from web.callers import Callers
from web.deciding import Deciding
from web.slack import SlackInteractions
from web.slack_answers import SlackAnswers
from web.webhooks import Webhooks


def approval_routes(
    settings: Settings, sessions: Sessions, limits: Limits, client: Client
) -> list[BaseRoute]:
    def work(organization: str) -> OrchestrationWorkflows:
        return OrchestrationWorkflows(client, organization, settings.slipway_task_queue)

    table, redaction = limits_with(settings.slipway_limits), Redaction(secrets())
    approvals = Approvals(
        sessions=sessions,
        deciding=Deciding(
            sessions, work, Seals.of(settings.slipway_decision_key, settings.production)
        ),
        changes=_changes(settings, sessions, redaction),
        callers=Callers(limits, table["api"]),
        guessers=Callers(limits, table["login"]),
        senders=Callers(limits, table["approval_link"]),
        redaction=redaction,
    )
    return [*approvals.routes()]


def slack_routes(
    settings: Settings, sessions: Sessions, webhooks: Webhooks, workflows: WebhookWorkflows
) -> list[BaseRoute]:
    """Behind the same doors as webhooks."""
    keys = settings.slipway_encryption_keys
    rules = OutgoingRules(production=settings.production, trusted=settings.trusted_origins)
    talk = SlackTalk(Outgoing(rules), settings.slack_api_url)
    answers = SlackAnswers(sessions, Keyring.parsed(keys) if keys else None, talk, workflows)
    slack = SlackInteractions(
        webhooks.entrances, webhooks.callers, webhooks.keeper, answers, webhooks.bodies
    )
    return [*slack.routes()]


def _changes(settings: Settings, sessions: Sessions, redaction: Redaction) -> Changes:
    @lru_cache(100)
    def repositories(organization: str) -> Repositories:
        """Mirrors of our own, unless the worker is on this machine: then they are shared."""
        credentials = StoredCredentials(sessions, organization, settings.slipway_encryption_keys)
        return Repositories(settings.state_dir, environment(), credentials=credentials)

    return Changes(repositories, redaction)
