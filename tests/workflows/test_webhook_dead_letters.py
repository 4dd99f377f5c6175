"""What Postgres cannot hold as JSON is a dead letter, whoever takes it in."""

import zlib

from contracts.webhooks import WebhookWork
from tests.workflows.office import Office
from tests.workflows.webhook_house import found_webhook_house

TOO_MANY_DIGITS = b'{"a": 1e200000}'


async def test_a_delivery_that_came_without_postgres_is_one_too(office: Office) -> None:
    house = await found_webhook_house(office)
    received = house.received("star", {"a": 1})
    beyond = received.of(TOO_MANY_DIGITS, **received.model_dump(exclude={"raw"}))
    async with house.worker():
        assert await house.process(WebhookWork(received=beyond)) == "FAILED"
    row = await house.row(await house.take_in("star", {"a": 1}, received.delivery_id))
    assert (row.status, row.payload, zlib.decompress(row.raw)) == ("FAILED", None, TOO_MANY_DIGITS)
    assert row.error_message is not None
    assert row.error_message.startswith("Postgres cannot hold it")
