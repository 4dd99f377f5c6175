"""From a delivery to what it asks of us: commands, or the reason why there are none."""

from collections.abc import Callable

from pydantic import ValidationError

from contracts.commands import AnyCommand, Command, Routed
from contracts.webhooks import Delivery, WebhookSource, webhook_workflow_id
from policy.house_rules import Found, HouseRules, Ignored, Reading
from policy.payloads import Payload
from policy.routing.bitbucket import from_bitbucket
from policy.routing.github import from_github
from policy.routing.gitlab import from_gitlab
from policy.routing.hubspot import from_hubspot
from policy.routing.jira import from_jira
from policy.routing.slack import from_slack
from policy.routing.standard import from_standard

ROUTERS: dict[WebhookSource, Callable[[Reading], Found]] = {
    WebhookSource.GITHUB: from_github,
    WebhookSource.GITLAB: from_gitlab,
    WebhookSource.BITBUCKET: from_bitbucket,
    WebhookSource.JIRA: from_jira,
    WebhookSource.HUBSPOT: from_hubspot,
    WebhookSource.SLACK: from_slack,
    WebhookSource.STANDARD: from_standard,
}
# Slack's buttons are for all tickets: there the project only makes the address one of its own.
OF_A_PROJECT = frozenset(WebhookSource) - {WebhookSource.SLACK}
MOST_COMMANDS = 100
"""As many as HubSpot sends at once; nobody else comes near."""


def route(delivery: Delivery, rules: HouseRules) -> Routed:
    """Whatever the payload is, this comes to an end without an error."""
    reading = Reading(delivery, Payload(delivery.payload), rules)
    try:
        found = ROUTERS[delivery.source](reading)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        found = Ignored(f"unusable {where}: {first['msg']}")
    if isinstance(found, Ignored):
        return Routed(delivery=delivery.id, ignored=found.reason)
    if len(found) > MOST_COMMANDS:
        return Routed(delivery=delivery.id, ignored=f"{len(found)} things at once are too many")
    if not found:
        return Routed(delivery=delivery.id, ignored="nothing in it concerns us")
    return Routed(
        delivery=delivery.id,
        commands=tuple(_named(one, delivery, place) for place, one in enumerate(found)),
    )


def _named(command: Command, delivery: Delivery, position: int) -> AnyCommand:
    """The same for every replay: what was carried out once stays so."""
    once = f"{webhook_workflow_id(delivery.endpoint_id, delivery.delivery_id)}:{position}"
    update = {
        "once": once,
        "delivery": delivery.id,
        "organization": delivery.organization,
        "organization_id": delivery.organization_id,
        "project_id": delivery.project_id if delivery.source in OF_A_PROJECT else None,
    }
    named: AnyCommand = command.model_copy(update=update)  # type: ignore[assignment]  # its child
    return named
