"""What a worker does beside working tickets: messages, webhooks, customers' tickets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client

from activities.announcements import Announcer
from activities.command_desk import CommandDesk
from activities.commands import CommandActivities
from activities.development import DevelopmentActivities
from activities.local_tracker import LocalTracker
from activities.notifications import NotificationActivities
from activities.parcels import Brake, ParcelActivities
from activities.triage import TriageActivities
from activities.webhook_sweep import WebhookSweepActivities
from activities.webhooks import WebhookActivities
from clients.deliveries import Deliveries
from clients.notifiers.mail import MailServer
from clients.notifiers.outgoing import Outgoing
from clients.notifiers.post_office import PostOffice
from clients.orchestrations import Orchestrations
from clients.triage import Triages
from clients.webhooks import WebhookWorkflows
from ground import Ground
from policy.addresses import OutgoingRules
from policy.house_rules import HouseRules
from policy.limits import limits_with
from settings import Settings
from workflows.deliver_notification import DeliverNotification
from workflows.forget_tickets import ForgetTickets
from workflows.process_webhook import ProcessWebhook
from workflows.sweep_webhooks import SweepWebhooks
from workflows.triage_ticket import TriageTicket

Activities = Sequence[Callable[..., Any]]


@dataclass(frozen=True)
class Services:
    workflows: Sequence[type]
    activities: Activities
    announcer: Announcer


def build_services(client: Client, settings: Settings, ground: Ground) -> Services:
    asking, mail = _asking(client, settings, ground), _mail_server(settings)
    triage = TriageActivities(ground.stores.sessions, ground.models, ground.redaction)
    return Services(
        workflows=[
            DeliverNotification,
            ProcessWebhook,
            SweepWebhooks,
            TriageTicket,
            ForgetTickets,
        ],
        activities=[
            asking.request_deliveries,
            asking.give_up_parcel,
            *_parcel_activities(mail, settings, ground),
            *_webhook_activities(client, settings, ground),
            *triage.all,
        ],
        announcer=Announcer(ground.stores.sessions, asking, mail=mail is not None),
    )


def _asking(client: Client, settings: Settings, ground: Ground) -> NotificationActivities:
    return NotificationActivities(
        ground.stores.sessions,
        Deliveries(client, settings.slipway_task_queue),
        limits_with(settings.slipway_limits)["notifications"],
        ground.redaction,
    )


def _parcel_activities(mail: MailServer | None, settings: Settings, ground: Ground) -> Activities:
    rules = OutgoingRules(production=settings.production, trusted=settings.trusted_origins)
    parcels = ParcelActivities(
        ground.stores.sessions,
        PostOffice(Outgoing(rules), mail),
        Brake(ground.stores.redis, limits_with(settings.slipway_limits)["notifications"]),
        settings.slipway_encryption_keys,
    )
    return [parcels.hold_parcel, parcels.send_parcel]


def _mail_server(settings: Settings) -> MailServer | None:
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
    return MailServer.parsed(url, settings.smtp_sender) if url else None


def _webhook_activities(client: Client, settings: Settings, ground: Ground) -> Activities:
    sessions, queue = ground.stores.sessions, settings.slipway_task_queue
    tracker = LocalTracker(sessions, ground.redaction)

    def orchestrations(organization: str) -> Orchestrations:
        return Orchestrations(client, organization, queue)

    people = CommandActivities(CommandDesk(sessions), tracker, orchestrations, ground.seals)
    development = DevelopmentActivities(sessions, tracker)
    rules = HouseRules(settings.slipway_start_label, settings.own_accounts)
    webhooks = WebhookActivities(sessions, rules, Triages(client, queue))
    return [
        people.start_work,
        people.decide_gate,
        people.guide_work,
        people.give_answer,
        people.cancel_work,
        development.link_development,
        development.keep_evidence,
        development.follow_pull_request,
        webhooks.route_delivery,
        webhooks.settle_delivery,
        webhooks.start_triage,
        WebhookSweepActivities(sessions, WebhookWorkflows(client, queue)).sweep_webhooks,
    ]
