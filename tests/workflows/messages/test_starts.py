"""Messages whose deliveries Temporal does not begin."""

from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.notifications import NotificationActivities
from clients.temporal.notifications import NotificationWorkflows
from policy.limits import DEFAULTS
from policy.redaction import Redaction
from tests.workflows.message_house import House


async def test_all_are_on_record_where_not_even_the_first_can_be_started(
    room: House, temporal: Client
) -> None:
    client = Client(
        temporal.service_client, namespace="nowhere", data_converter=temporal.data_converter
    )
    nowhere = NotificationWorkflows(client, "nobody")
    asking = NotificationActivities(
        room.stage.sessions, nowhere, DEFAULTS["notifications"], Redaction([])
    )
    requests = [room.request(key) for key in ("warned", "broken")]
    await ActivityEnvironment().run(asking.tell, requests)
    assert await room.statuses() == ["PENDING", "PENDING"]
