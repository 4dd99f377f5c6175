"""What a webhook asks of Redis on its whole way: gateway, relay, ProcessWebhook."""

from redis.asyncio import Redis

from stack.addresses import Addresses
from tests.github_life import check_run, pull_request
from tests.workflows.office import Office
from tests.workflows.webhook_gate import gate_of

AT_MOST = 3
SENT = (
    ("pull_request", pull_request("opened", 1, draft=True)),
    ("pull_request", pull_request("ready_for_review", 2)),
    ("check_run", check_run("success", 3)),
    ("pull_request", pull_request("closed", 4, state="closed", merged=True)),
    ("watch", {"action": "started"}),
)


async def test_a_webhook_asks_redis_three_times_at_most(
    office: Office, stack: Addresses, redis: Redis
) -> None:
    """Under the limits that an installation has."""
    asked = []
    async with gate_of(office, stack, slipway_limits={}) as gate, redis.monitor() as monitor:
        for event, payload in SENT:
            await gate.hear(event, payload)
        found = await gate.settled(len(SENT))
        await redis.echo("the end")
        async for said in monitor.listen():
            if said["command"].startswith("ECHO"):
                break
            if said["client_type"] != "lua":
                asked.append(said["command"])
    assert 0 < len(asked) <= AT_MOST * len(SENT), asked
    assert [row.status for row in found] == ["PROCESSED"] * 4 + ["IGNORED"]
