"""What a worker does beside working tickets: messages, webhooks, customers' tickets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client

from activities.announcements import Announcer
from activities.approval_links import EnclosingPostOffice, Links
from activities.command_desk import CommandDesk
from activities.commands import CommandActivities
from activities.development import DevelopmentActivities
from activities.local_tracker import LocalTracker
from activities.notification_sweep import NotificationSweepActivities
from activities.notifications import NotificationActivities
from activities.parcels import ParcelActivities
from activities.retention import RetentionActivities
from activities.ticket_edits import TicketEditActivities
from activities.triage import TriageActivities
from activities.triage_intake import TriageIntakeActivities
from activities.webhook_sweep import WebhookSweepActivities
from activities.webhooks import WebhookActivities
from clients.hubspot import HubSpot
from clients.notifiers.mail import MailServer
from clients.notifiers.outgoing import Outgoing
from clients.notifiers.post_office import PostOffice
from clients.temporal.notifications import NotificationWorkflows
from clients.temporal.orchestrations import OrchestrationWorkflows
from clients.temporal.triage import TriageWorkflows
from clients.temporal.webhooks import WebhookWorkflows
from db.webhook_retention import Ages
from ground import Ground
from policy.addresses import OutgoingRules
from policy.house_rules import HouseRules
from policy.limits import limits_with
from settings import Settings
from workflows.compare_webhook import CompareWebhook
from workflows.deliver_notification import DeliverNotification
from workflows.process_webhook import ProcessWebhook
from workflows.retention import ForgetApprovalLinks, ForgetTickets, ForgetWebhooks
from workflows.sweeps import SweepNotifications, SweepWebhooks
from workflows.triage_ticket import TriageTicket

Activities = Sequence[Callable[..., Any]]
# What schedules do to the whole database.
UPKEEP: Activities = (
    RetentionActivities.forget_tickets,
    RetentionActivities.forget_webhooks,
    RetentionActivities.forget_approval_links,
)


@dataclass(frozen=True)
class Services:
    workflows: Sequence[type]
    activities: Activities
    announcer: Announcer


def build_services(client: Client, settings: Settings, ground: Ground) -> Services:
    asking, mail = _asking(client, settings, ground), mail_server(settings)
    triage = TriageActivities(ground.stores.sessions, ground.models, ground.redaction)
    return Services(
        workflows=[
            DeliverNotification,
            SweepNotifications,
            ProcessWebhook,
            CompareWebhook,
            SweepWebhooks,
            TriageTicket,
            ForgetTickets,
            ForgetWebhooks,
            ForgetApprovalLinks,
        ],
        activities=[
            asking.request_deliveries,
            asking.give_up_parcel,
            _notification_sweep(client, settings, ground),
            *_parcel_activities(mail, settings, ground),
            *_webhook_activities(client, settings, ground),
            *triage.all,
            *_retention_activities(settings, ground),
        ],
        announcer=Announcer(ground.stores.sessions, asking, mail=mail is not None),
    )


def _asking(client: Client, settings: Settings, ground: Ground) -> NotificationActivities:
    return NotificationActivities(
        ground.stores.sessions,
        NotificationWorkflows(client, settings.slipway_task_queue),
        limits_with(settings.slipway_limits)["notifications"],
        ground.redaction,
    )


def _notification_sweep(client: Client, settings: Settings, ground: Ground) -> Callable[..., Any]:
    deliveries = NotificationWorkflows(client, settings.slipway_task_queue)
    return NotificationSweepActivities(ground.stores.sessions, deliveries).sweep_notifications


def _retention_activities(settings: Settings, ground: Ground) -> Activities:
    ages = Ages.of_days(settings.slipway_webhook_days, settings.slipway_dead_letter_days)
    retention = RetentionActivities(ground.stores.sessions, ages)
    return [retention.forget_webhooks, retention.forget_tickets, retention.forget_approval_links]


def _parcel_activities(mail: MailServer | None, settings: Settings, ground: Ground) -> Activities:
    rules = OutgoingRules(production=settings.production, trusted=settings.trusted_origins)
    links = Links(settings.slipway_public_url, ground.seals.keys)
    post_office = PostOffice(Outgoing(rules), mail, settings.slack_api_url)
    parcels = ParcelActivities(
        ground.stores.sessions,
        EnclosingPostOffice(post_office, ground.stores.sessions, links),
        ground.shared,
        settings.slipway_encryption_keys,
    )
    return [parcels.hold_parcel, parcels.send_parcel]


def mail_server(settings: Settings) -> MailServer | None:
    """Raises InvalidSmtpUrlError."""
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
    return MailServer.parsed(url, settings.smtp_sender) if url else None


def _hubspot(settings: Settings) -> HubSpot | None:
    token = settings.hubspot_token
    return HubSpot(token, settings.hubspot_api_url) if token else None


def _webhook_activities(client: Client, settings: Settings, ground: Ground) -> Activities:
    sessions, queue = ground.stores.sessions, settings.slipway_task_queue
    tracker = LocalTracker(sessions, ground.redaction)

    def orchestrations(organization: str) -> OrchestrationWorkflows:
        return OrchestrationWorkflows(client, organization, queue)

    desk = CommandDesk(sessions)
    people = CommandActivities(desk, tracker, orchestrations, ground.seals)
    edits = TicketEditActivities(desk, sessions, tracker, orchestrations)
    development = DevelopmentActivities(sessions, tracker)
    rules = HouseRules(settings.slipway_start_label, settings.own_accounts)
    webhooks = WebhookActivities(sessions, rules, ground.redaction)
    triages, hubspot = TriageWorkflows(client, queue), _hubspot(settings)
    intake = TriageIntakeActivities(sessions, triages, ground.redaction, hubspot)
    return [
        people.start_work,
        people.decide_gate,
        people.guide_work,
        people.give_answer,
        people.cancel_work,
        edits.edit_ticket,
        development.link_development,
        development.keep_evidence,
        development.follow_pull_request,
        webhooks.route_delivery,
        webhooks.settle_delivery,
        webhooks.compare_delivery,
        intake.start_triage,
        WebhookSweepActivities(sessions, WebhookWorkflows(client, queue)).sweep_webhooks,
    ]
